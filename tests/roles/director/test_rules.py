from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, strategies as st
from pydantic import ValidationError

import empa_graph.roles
from empa_graph.models.directive import Action, Directive, Standing
from empa_graph.roles.director.rules import OTHER, RuleDirector, Thresholds, decide
from empa_graph.roles.director.tools import Strategy
from empa_graph.roles.views import ObserverView

MOVES = ("open", "elaborate", "hesitate", "soften", "elaborate", "hesitate")
ROLES = Path(empa_graph.roles.__file__).parent
ALLOWED = ("empa_graph.models", "empa_graph.roles.views", "empa_graph.llm", "empa_graph.content.library")
PLAIN = ("empa_graph.errors", "empa_graph.seeds", "empa_graph.roles.fence", "empa_graph.roles.director.tools")


def standing(*steps: float | None, **changes: Any) -> Standing:
    """A path from 0 towards 1 on the first axis by ``steps``; a bare number is also a share of the way."""
    fields: dict[str, Any] = {
        "turn": len(steps),
        "dimensions": ("calm", "trust"),
        "start": (0.0, 0.0),
        "target": (1.0, 0.0),
        "radius": 0.2,
        "position": (sum(step or 0.0 for step in steps), 0.0),
        "increments": tuple(None if step is None else (step, 0.0) for step in steps),
        "trust": 0.3,
        "openness": 0.3,
        "moves": (MOVES * 20)[: len(steps)],
        "told": (),
        "untold": ("first", "second"),
    }
    return Standing(**{**fields, **changes})


def given_before(turn: int, action: Action = "shift_strategy", argument: str = "soften") -> Directive:
    return Directive(turn=turn, author="director", action=action, argument=argument, reason="scripted")


def call(found: Directive | None) -> tuple[str, str] | None:
    return (found.action, found.argument) if found else None


def test_a_path_that_stands_still_releases_the_next_memory() -> None:
    found = decide(standing(0.2, 0.01, 0.02, 0.01))
    assert found is not None
    assert (found.turn, found.author, call(found)) == (4, "director", ("release_memory", "first"))
    assert found.reason == "net movement of 0.040 of the way in 3 judged turns"


def test_going_back_and_forth_is_standing_still() -> None:
    assert call(decide(standing(0.2, -0.2, 0.2, -0.2, 0.0))) == ("release_memory", "first")


@pytest.mark.parametrize("steps", [(0.01, 0.01), (0.1, 0.05, 0.05), (-0.1, -0.1, -0.1), ()])
def test_a_short_a_moving_or_a_falling_path_releases_nothing(steps: tuple[float, ...]) -> None:
    assert decide(standing(*steps)) is None


def test_with_everything_told_nothing_is_released() -> None:
    assert decide(standing(0.0, 0.0, 0.0, untold=())) is None


@pytest.mark.parametrize("move", ["push_back", "deflect", "withdraw"])
def test_of_a_person_on_guard_nothing_is_released(move: str) -> None:
    assert decide(standing(0.0, 0.0, 0.0, moves=("open", "elaborate", move))) is None


def test_turns_without_a_judgement_are_no_standing_still() -> None:
    assert decide(standing(0.1, None, None, 0.1)) is None
    assert call(decide(standing(0.0, None, 0.0, None, 0.0))) == ("release_memory", "first")


def test_a_path_that_runs_is_slowed_once() -> None:
    fast = standing(0.12, 0.12, 0.12, 0.12, 0.12, 0.12)
    assert call(decide(fast)) == ("change_pace", "slow")
    assert decide(fast, [given_before(1, "change_pace", "slow")]) is None


def test_a_slowed_path_that_no_longer_runs_goes_back_to_the_normal_pace() -> None:
    calm = standing(0.12, 0.12, 0.12, 0.05, 0.04, 0.03)
    assert call(decide(calm, [given_before(3, "change_pace", "slow")])) == ("change_pace", "normal")
    assert decide(calm, [given_before(2, "change_pace", "slow"), given_before(3, "change_pace", "normal")]) is None


@pytest.mark.parametrize(("move", "other"), OTHER.items())
def test_a_strategy_made_three_times_is_shifted(move: str, other: str) -> None:
    found = decide(standing(0.1, 0.1, 0.1, 0.1, moves=("open", move, move, move)))
    assert call(found) == ("shift_strategy", other)
    assert found is not None and found.reason == f"'{move}' 3 times in a row"


@pytest.mark.parametrize("moves", [("withdraw",) * 4, ("settle",) * 4, ("open", "soften", "hesitate", "soften")])
def test_a_withdrawal_is_left_to_the_person_and_variety_alone(moves: tuple[str, ...]) -> None:
    assert decide(standing(0.1, 0.1, 0.1, 0.1, moves=moves)) is None


def test_every_strategy_has_another_one_that_a_director_may_ask_for() -> None:
    assert set(OTHER) == set(get_args(Strategy)) >= set(OTHER.values())
    assert all(move != other for move, other in OTHER.items())


@pytest.mark.parametrize(("turn", "asked"), [(2, None), (3, None), (4, ("release_memory", "first"))])
def test_after_a_directive_two_turns_are_left_to_it(turn: int, asked: tuple[str, str] | None) -> None:
    assert call(decide(standing(0.0, 0.0, 0.0, 0.0, turn=turn), [given_before(1)])) == asked


def test_nothing_is_ended_unless_it_may_be() -> None:
    flat = standing(*[0.0] * 30, untold=())
    assert decide(flat) is None
    assert call(decide(flat, may_end=True)) == ("end", "")


@pytest.mark.parametrize(("turns", "ended"), [(11, False), (12, True)])
def test_no_conversation_is_ended_before_its_twelfth_turn(turns: int, ended: bool) -> None:
    found = decide(standing(*[0.08] * turns, moves=()), may_end=True)
    assert (call(found) == ("end", "")) == ended


def test_a_path_under_way_is_not_ended() -> None:
    assert decide(standing(*[0.03] * 15), may_end=True) is None


def test_at_a_start_that_is_the_target_movement_counts_in_radii() -> None:
    assert decide(standing(0.1, 0.1, 0.1, target=(0.0, 0.0))) is None
    assert call(decide(standing(0.0, 0.0, 0.0, target=(0.0, 0.0)))) == ("release_memory", "first")


def test_before_the_first_judged_turn_there_is_nothing_to_direct() -> None:
    assert decide(standing(), may_end=True, thresholds=Thresholds(end_after=1)) is None


def test_thresholds_are_settings_that_do_not_change() -> None:
    eager = Thresholds(window=1, rest=0)
    assert call(decide(standing(0.01, 0.01), [given_before(1)], thresholds=eager)) == ("release_memory", "first")
    with pytest.raises(ValidationError, match="frozen"):
        eager.window = 2  # type: ignore[misc]  # the point of the test
    with pytest.raises(ValidationError):
        Thresholds(still=1.5)


@given(
    steps=st.lists(st.none() | st.floats(-0.5, 0.5), max_size=20),
    moves=st.lists(st.sampled_from([*OTHER, "withdraw", "disclose:first", ""]), max_size=20),
    turns=st.lists(st.integers(1, 20), max_size=4),
)
def test_whatever_stands_the_same_directive_follows_and_never_an_end(
    steps: list[float | None], moves: list[str], turns: list[int]
) -> None:
    state, before = standing(*steps, moves=tuple(moves)), [given_before(turn) for turn in sorted(turns)]
    found = decide(state, before)
    assert found == decide(state, before)
    assert found is None or found.action != "end"
    assert found is None or found.action != "release_memory" or found.argument in state.untold


async def test_the_role_writes_its_one_directive_or_nothing() -> None:
    view = ObserverView(standing=standing(0.0, 0.0, 0.0), directives=[], seed=1)
    write = await RuleDirector(name="stage")(view)
    assert [(d.author, d.action) for d in write["directives"]] == [("stage", "release_memory")]
    assert await RuleDirector()(view | {"standing": standing(0.1)}) == {}


@pytest.mark.parametrize("module", ["director/rules", "director/model"])
def test_a_director_stands_on_what_any_author_can_import(module: str) -> None:
    tree = ast.parse((ROLES / f"{module}.py").read_text(encoding="utf-8"))
    froms = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    ours = {name for name in froms if name.startswith("empa_graph")}
    assert ours
    assert {name for name in ours if not name.startswith(ALLOWED) and name not in PLAIN} == set()
    assert not any(
        a.name.startswith("empa_graph") for n in ast.walk(tree) if isinstance(n, ast.Import) for a in n.names
    )
