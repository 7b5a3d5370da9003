from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from empa_graph.errors import ContentError
from empa_graph.live.records import Absence, Breach, EmpathySLA, SlaRule, SlaState
from empa_graph.live.sla import assess, breached, held_to, load_sla, released, route, signals
from empa_graph.models.failure import Failure
from empa_graph.models.latent import Step
from tests.recorded_parts import judged
from tests.sla_parts import flat, followed, history, kinds, rule, sla, turn, walked

AWAY, TOWARDS, IDLE = (-0.1, 0.0), (0.1, 0.0), (0.0, 0.0)


def value(of: SlaRule, *moves: tuple[float, float] | None) -> float:
    (decision,) = assess(sla(of), SlaState(), walked(*moves), now=0.0).decisions
    assert isinstance(decision, Breach)
    return decision.value


def test_alignment_is_the_cosine_of_the_windows_displacement_with_the_way_to_the_target():
    at = rule("alignment", 1.0, window=2)
    assert value(at, (0.5, 0.5), (0.0, 0.3), (0.3, 0.1)) == pytest.approx(0.3 / 0.5)


def test_a_window_that_ends_where_it_began_has_alignment_zero():
    assert value(rule("alignment", 0.1, window=2), TOWARDS, AWAY) == 0.0


def test_on_the_target_there_is_no_alignment_to_fall_short_of():
    assert assess(sla(rule("alignment", 0.9)), SlaState(), walked((1.0, 0.0), IDLE, IDLE), now=0.0).decisions == ()


def test_energy_is_the_share_of_the_way_that_was_walked_along_it():
    assert value(rule("energy", 0.5), (0.2, 0.9), (0.1, 0.0)) == pytest.approx(0.3)


def test_progress_is_the_share_of_the_distance_that_was_closed():
    assert value(rule("progress", 0.5), (0.4, 0.8)) == pytest.approx(0.0)
    assert value(rule("progress", 0.5), (-0.5, 0.0)) == pytest.approx(-0.5)


def test_a_floor_by_turn_k_is_silent_before_it():
    floor = sla(rule("progress", 0.5, from_turn=3))
    assert kinds(followed(floor, [turn(n, TOWARDS) for n in (1, 2, 3)])) == [None, None, "breach"]


def test_stability_is_the_spread_of_the_angles_in_radians():
    assert value(rule("stability", 0.5), TOWARDS, AWAY) == pytest.approx(math.pi / 2)


def test_regress_counts_turns_and_breaches_at_its_number():
    turns = [turn(1, AWAY, regressed=True), turn(2, IDLE), turn(3, AWAY, regressed=True)]
    found = followed(sla(rule("regress", 2)), turns)
    assert kinds(found) == [None, None, "breach"]
    assert found[-1].decisions[0].value == 2  # type: ignore[union-attr]


def test_missing_counts_turns_that_were_due_and_have_no_judgement():
    turns = [turn(1, None), turn(2, None, due=False), turn(3, None)]
    assert kinds(followed(sla(rule("missing", 2)), turns)) == [None, None, "breach"]


def test_latency_is_the_median_of_the_window():
    turns = [turn(n, IDLE, latency=seconds) for n, seconds in enumerate((9.0, 1.0, 3.0), start=1)]
    found = assess(sla(rule("latency", 2.0)), SlaState(), history(turns), now=0.0).decisions
    assert [decision.value for decision in found if isinstance(decision, Breach)] == [3.0]


def test_trust_breaches_by_how_far_it_fell_from_its_highest_in_the_window():
    turns = [turn(n, IDLE, trust=known) for n, known in enumerate((0.5, 0.7, 0.4), start=1)]
    found = followed(sla(rule("trust", 0.25)), turns)
    assert kinds(found) == [None, None, "breach"]
    assert found[-1].decisions[0].value == pytest.approx(0.3)  # type: ignore[union-attr]


def test_trust_that_nobody_knows_never_breaches_and_is_said_once():
    found = followed(sla(rule("trust", 0.0)), [turn(n, AWAY) for n in (1, 2, 3)])
    assert kinds(found) == ["absence", None, None]
    assert isinstance(found[0].decisions[0], Absence)


def test_too_little_evidence_decides_nothing():
    turns = [turn(1, AWAY), turn(2, None), turn(3, AWAY)]
    assert kinds(followed(sla(rule("alignment", 0.0, min_turns=2)), turns)) == [None, None, "breach"]


def test_a_breach_begins_at_enter_and_ends_at_leave_only():
    held = sla(rule("alignment", 0.0, leave=0.9, window=2))
    turns = [turn(1, AWAY), turn(2, (0.15, 0.2)), turn(3, TOWARDS), turn(4, TOWARDS)]
    assert kinds(followed(held, turns)) == ["breach", None, None, "recovery"]


def test_in_the_cool_down_a_breach_is_not_entered_again():
    held = sla(rule("regress", 1, window=1, cool_down=2))
    turns = [turn(n, AWAY, regressed=n != 2) for n in range(1, 7)]
    assert kinds(followed(held, turns)) == ["breach", "recovery", None, None, "breach", None]


def test_a_turn_is_decided_once():
    held, path = sla(rule("alignment", 0.0)), walked(AWAY)
    first = assess(held, SlaState(), path, now=1.0)
    assert assess(held, first.state, path, now=2.0) == (first.state, ())


def test_a_breach_says_when_by_what_value_and_on_which_turns_and_basis():
    (breach,) = assess(sla(rule("alignment", 0.0, window=2)), SlaState(), walked(IDLE, AWAY, AWAY), now=0.0).decisions
    assert isinstance(breach, Breach)
    assert (breach.turn, breach.at, breach.basis) == (3, "1970-01-01T00:00:00.000+00:00", "given start")
    assert [shown.turn for shown in breach.evidence] == [2, 3]


def test_the_first_breached_rule_with_a_route_says_who_takes_over_and_recovery_leads_back():
    first = rule("regress", 1, id="first_rule", window=1)
    second = rule("regress", 1, id="second_rule", window=1, route="specialist")
    held = sla(first, second)
    bad, good = (step.state for step in followed(held, [turn(1, AWAY, regressed=True), turn(2, TOWARDS)]))
    assert [r.id for r in breached(held, bad)] == ["first_rule", "second_rule"]
    assert (route(held, bad), route(held, good)) == ("specialist", None)


def test_handing_back_ends_routed_breaches_and_starts_their_cool_down():
    held = sla(rule("regress", 1, window=1, cool_down=1, route="desk"))
    turns = [turn(n, AWAY, regressed=True) for n in (1, 2, 3)]
    state = released(held, followed(held, turns[:1])[-1].state)
    assert route(held, state) is None
    second = assess(held, state, history(turns[:2]), now=0.0)
    third = assess(held, second.state, history(turns), now=0.0)
    assert kinds([second, third]) == [None, "breach"]


def test_signals_carry_levels_and_spans_of_a_judgement():
    read = signals(judged(1, [(2, 0), (0, 1), (0, 0)]))
    assert read.evidence.levels == ("cognitive progress 2", "affective regress 1")
    assert (read.evidence.spans, read.regressed) == (("x",), True)


def test_signals_of_a_missing_judgement_say_why():
    failure = Failure(turn=1, blame="evaluator", kind="judge_timeout", detail="late")
    read = signals(Step(turn=1, increment=None, failure=failure))
    assert (read.increment, read.evidence.missing) == (None, "judge_timeout: late")


def test_a_finished_path_is_held_to_the_same_rules():
    path = flat()
    for number in (1, 2, 3):
        path = path.extended(Step(turn=number, increment=AWAY))
    found = held_to(sla(rule("alignment", 0.0, min_turns=2)), path, basis="scenario x", now=0.0)
    assert [(decision.kind, decision.turn) for decision in found] == [("breach", 2)]


MOVES = st.lists(st.one_of(st.none(), st.tuples(st.floats(-0.3, 0.3), st.floats(-0.3, 0.3))), min_size=1, max_size=20)


@given(MOVES)
def test_breaches_and_recoveries_take_turns(moves: list[tuple[float, float] | None]):
    held = sla(rule("alignment", 0.0, leave=0.3, min_turns=1, cool_down=1))
    found = [kind for kind in kinds(followed(held, [turn(n, m) for n, m in enumerate(moves, start=1)])) if kind]
    assert found == ["breach" if n % 2 == 0 else "recovery" for n in range(len(found))]


@given(MOVES, st.integers(0, 19))
def test_a_state_through_its_dump_decides_the_same(moves: list[tuple[float, float] | None], cut: int):
    held = sla(rule("alignment", 0.0, leave=0.3), rule("missing", 2, id="silent_judge"))
    turns = [turn(n, m) for n, m in enumerate(moves, start=1)]
    whole = followed(held, turns)
    state = SlaState()
    for number in range(1, len(turns) + 1):
        if number == cut:
            state = SlaState.model_validate_json(state.model_dump_json())
        state, decisions = assess(held, state, history(turns[:number]), now=float(number))
        assert decisions == whole[number - 1].decisions


def test_an_sla_is_read_from_yaml(tmp_path: Path):
    file = tmp_path / "line.yaml"
    file.write_text("id: line\nrules:\n  - {id: drifting, signal: alignment, enter: 0.0, leave: 0.3}\n")
    assert load_sla(file) == EmpathySLA(
        id="line", rules=(SlaRule(id="drifting", signal="alignment", enter=0.0, leave=0.3),)
    )


def test_a_wrong_rule_is_one_line_with_file_and_line(tmp_path: Path):
    file = tmp_path / "line.yaml"
    file.write_text("id: line\nrules:\n  - id: drifting\n    signal: alignment\n    entr: 0.0\n")
    with pytest.raises(ContentError, match=r"line\.yaml:\d+: rules\.0\.") as raised:
        load_sla(file)
    assert "\n" not in str(raised.value)
