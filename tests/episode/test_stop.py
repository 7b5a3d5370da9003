from __future__ import annotations

import pytest

from empa_graph.episode.stop import verdict
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Closing, PersonaState
from empa_graph.models.latent import LatentState
from empa_graph.models.stop_rule import RadiusStop
from tests.recorded_parts import EPM, recording
from tests.scripted_parts import opening, walked

STOP = RadiusStop(min_turns=4, max_turns=8, collapse_after=3)
UP, DOWN, STILL = (0.25,) * 4, (-0.05,) * 4, (0.0,) * 4


def test_before_any_turn_an_episode_goes_on() -> None:
    assert verdict(opening(), STOP) == "continue"


def test_inside_the_radius_it_has_converged_from_the_least_turns_on() -> None:
    arrived = [UP] * 4
    assert verdict(walked(arrived), STOP) == "converged"
    assert verdict(walked([*arrived[:2], (0.5,) * 4]), STOP) == "continue"


@pytest.mark.parametrize(("radius", "expected"), [(0.11, "converged"), (0.09, "continue")])
def test_the_distance_is_measured_to_the_target_in_all_dimensions(radius: float, expected: str) -> None:
    path = opening(radius=radius)
    close = walked([STILL] * 3 + [(0.95,) * 4], path)
    assert verdict(close, STOP) == expected


def test_without_turns_left_it_ends() -> None:
    assert verdict(walked([STILL] * 8), STOP) == "max_turns"
    assert verdict(walked([STILL] * 7), STOP) == "continue"


def test_convergence_comes_before_the_last_turn() -> None:
    assert verdict(walked([(0.125,) * 4] * 8), STOP) == "converged"


def test_it_collapses_when_the_last_judged_turns_all_lead_away() -> None:
    assert verdict(walked([UP, DOWN, DOWN, DOWN]), STOP) == "collapsed"
    assert verdict(walked([UP, DOWN, DOWN]), STOP) == "continue"


def test_standing_still_is_no_collapse() -> None:
    assert verdict(walked([DOWN, DOWN, STILL]), STOP) == "continue"


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"regress": 1, "regress_evidence": "Cheer up."}, "collapsed"),
        ({"regress": 1, "regress_evidence": "Cheer up.", "regress_share": 0.4, "progress_share": 0.1}, "collapsed"),
        ({"regress": 1, "regress_evidence": "Cheer up.", "progress": 1, "progress_evidence": "Cheer up."}, "continue"),
        ({"progress": 2, "progress_evidence": "Tell me."}, "continue"),
        ({}, "continue"),
    ],
)
def test_a_let_down_with_nothing_left_to_take_back_leads_away(item: dict[str, object], expected: str) -> None:
    read = Assessment(
        evaluator="cues", items=(Item.model_validate({"dimension": "calm", "progress": 0, "regress": 0, **item}),)
    )
    path = walked([STILL] * 3)
    steps = tuple(step.model_copy(update={"assessment": read}) for step in path.steps)
    assert verdict(path.model_copy(update={"steps": steps}), STOP) == expected


def test_moving_sideways_is_no_collapse() -> None:
    assert verdict(walked([(0.1, -0.1, 0.1, -0.1)] * 3), STOP) == "continue"


def test_missing_judgements_neither_cause_nor_break_a_collapse() -> None:
    assert verdict(walked([None] * 5), STOP) == "continue"
    assert verdict(walked([DOWN, None, DOWN, None, DOWN]), STOP) == "collapsed"


def test_missing_judgements_use_up_turns() -> None:
    assert verdict(walked([None] * 8), STOP) == "max_turns"


def in_crisis(path: LatentState, *, handoff: str = "") -> LatentState:
    """The path as that of a crisis, with a hand-off at its first turn or none."""
    told = Assessment(evaluator="judge", items=(), handoff=handoff)
    first = path.steps[0].model_copy(update={"assessment": told})
    return path.model_copy(update={"needs_handoff": True, "steps": (first, *path.steps[1:])})


def test_a_crisis_converges_only_after_a_hand_off() -> None:
    arrived = walked([UP] * 4)
    assert verdict(in_crisis(arrived, handoff="Call 112."), STOP) == "converged"
    assert verdict(in_crisis(arrived), STOP) == "continue"
    assert verdict(in_crisis(walked([(0.125,) * 4] * 8)), STOP) == "max_turns"


@pytest.mark.parametrize(("accepted", "found"), [(True, "converged"), (None, "converged"), (False, "continue")])
def test_a_person_who_can_accept_help_in_words_has_to(accepted: bool | None, found: str) -> None:
    path = in_crisis(walked([UP] * 4), handoff="Call 112.")
    state = PersonaState(trust=0.5, openness=0.5, help_accepted=accepted, whole_since=2)
    assert verdict(path, STOP, persona=state) == found
    assert verdict(path, STOP, persona=state.model_copy(update={"whole_since": None})) == "continue"
    assert verdict(path, STOP, persona=state.model_copy(update={"owns_danger": True})) == "continue"


@pytest.mark.parametrize("ended", ["left", "exhausted"])
def test_the_person_s_own_end_gives_way_to_a_success_and_to_no_other_rule(ended: Closing) -> None:
    state = PersonaState(trust=0.1, openness=0.1, ended=ended)
    end = Directive(turn=1, author="director", action="end", reason="Nothing moves.")
    assert verdict(walked([UP] * 4), STOP, persona=state) == "converged"
    assert verdict(walked([STILL] * 8), STOP, persona=state) == ended
    assert verdict(walked([STILL]), STOP, [end], persona=state) == ended
    assert verdict(energetic([IDLE]), EPM.stop, persona=state) == ended


def test_no_success_of_energy_holds_in_a_crisis_before_a_hand_off() -> None:
    arrived = energetic([FORWARD] * 12)
    assert verdict(in_crisis(arrived, handoff="Call 112."), EPM.stop) == "success_positional"
    assert verdict(in_crisis(arrived), EPM.stop) == "continue"
    assert verdict(in_crisis(energetic([FORWARD] * 12 + [IDLE] * 33)), EPM.stop) == "max_turns"


def energetic(turns: list[list[tuple[int, int]] | None]) -> LatentState:
    return recording((2, 2, 3, 2, 2, 2, 1, 2, 1), turns).latent


FORWARD, IDLE, BACK = [(2, 0)] * 3, [(0, 0)] * 3, [(0, 1)] * 3


@pytest.mark.parametrize(
    ("turns", "expected"),
    [
        ([FORWARD] * 11, "continue"),
        ([FORWARD] * 12, "success_positional"),
        ([FORWARD] * 2 + [BACK] * 10, "collapsed"),
        ([FORWARD, None, *[BACK] * 10], "collapsed"),
        ([IDLE] * 44 + [None], "max_turns"),
        ([FORWARD] * 11 + [None], "continue"),
    ],
)
def test_deficits_stop_by_the_rules_of_energy(turns: list[list[tuple[int, int]] | None], expected: str) -> None:
    assert verdict(energetic(turns), EPM.stop) == expected


def test_a_director_s_end_ends_and_gives_way_to_a_rule() -> None:
    end = Directive(turn=1, author="director", action="end", reason="Nothing moves.")
    slow = end.model_copy(update={"action": "change_pace", "argument": "slow"})
    assert verdict(energetic([IDLE]), EPM.stop, [slow, end]) == "ended"
    assert verdict(energetic([IDLE]), EPM.stop, [slow]) == "continue"
    assert verdict(energetic([FORWARD] * 12), EPM.stop, [end]) == "success_positional"
