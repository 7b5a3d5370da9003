from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings, strategies as st
from pydantic import ValidationError

from empa_graph.models.failure import Failure
from empa_graph.models.latent import Dimension, LatentState, Space, Step

ANCHORS = {-1.0: "low", 0.0: "middle", 1.0: "high"}
LOST = Failure(turn=1, blame="evaluator", kind="unparsable", detail="no JSON")
OPENING = LatentState.opening(dimensions=("a", "b"), start=(0.0, -0.5), target=(0.5, 0.5), radius=0.2)
moves = st.none() | st.tuples(st.floats(-1, 1), st.floats(-1, 1))


def judged(turn: int, *increment: float) -> Step:
    return Step(turn=turn, increment=increment)


def missing(turn: int) -> Step:
    return Step(turn=turn, increment=None, failure=LOST.model_copy(update={"turn": turn}))


def path(increments: list[tuple[float, float] | None]) -> LatentState:
    state = OPENING
    for turn, moved in enumerate(increments, start=1):
        state = state.extended(missing(turn) if moved is None else judged(turn, *moved))
    return state


def test_a_step_with_an_increment_and_a_failure_is_refused():
    with pytest.raises(ValidationError, match="either an increment or a failure"):
        Step(turn=1, increment=(0.1, 0.0), failure=LOST)


def test_a_step_with_neither_increment_nor_failure_is_refused():
    with pytest.raises(ValidationError, match="either an increment or a failure"):
        Step(turn=1, increment=None)


def test_a_step_before_the_first_turn_is_refused():
    with pytest.raises(ValidationError, match="greater than or equal to 1"):
        judged(0, 0.1, 0.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_an_increment_is_a_finite_number(value: float):
    with pytest.raises(ValidationError, match="finite"):
        judged(1, 0.0, value)


def test_extending_leaves_the_old_path_as_it_was():
    later = OPENING.extended(judged(1, 0.1, 0.2))
    assert (OPENING.steps, OPENING.position) == ((), (0.0, -0.5))
    assert later.position == pytest.approx((0.1, -0.3))
    assert later.steps == (judged(1, 0.1, 0.2),)


@pytest.mark.parametrize("turn", [1, 3])
def test_a_turn_is_neither_written_twice_nor_skipped(turn: int):
    once = OPENING.extended(judged(1, 0.1, 0.0))
    with pytest.raises(ValueError, match=f"step of turn {turn} after 1 turns"):
        once.extended(judged(turn, 0.1, 0.0))


@pytest.mark.parametrize("increment", [(), (0.1,), (0.1, 0.1, 0.1)])
def test_a_step_of_another_size_than_the_space_is_refused(increment: tuple[float, ...]):
    with pytest.raises(ValueError, match=f"{len(increment)} dimensions, the path has 2"):
        OPENING.extended(judged(1, *increment))


@pytest.mark.parametrize("far", [1e300, -1.1e9])
def test_a_step_beyond_every_space_is_refused(far: float):
    with pytest.raises(ValueError, match="allowed is at most 1e\\+09 either way"):
        OPENING.extended(judged(1, 0.1, far))


def test_a_missing_judgement_moves_nothing_and_is_left_out_of_the_positions():
    state = path([(0.1, 0.0), None, (0.0, 0.5)])
    assert state.position == (0.1, 0.0)
    assert state.positions == ((0.0, -0.5), (0.1, -0.5), (0.1, 0.0))
    assert [step.turn for step in state.judged] == [1, 3]
    assert len(state.steps) == 3


def test_a_judged_turn_without_movement_stays_in_the_positions():
    assert path([(0.0, 0.0), None]).positions == ((0.0, -0.5), (0.0, -0.5))


def test_a_path_without_steps_stands_at_its_start():
    assert OPENING.positions == (OPENING.start,) == (OPENING.position,)
    assert OPENING.judged == ()


def test_a_latent_state_does_not_come_into_being_without_its_start():
    with pytest.raises(ValidationError, match="start\n  Field required"):
        LatentState()


def test_a_radius_is_above_zero():
    with pytest.raises(ValidationError, match="greater than 0"):
        LatentState.opening(dimensions=("a",), start=(0.0,), target=(1.0,), radius=0.0)


def test_the_path_cannot_be_moved_by_hand():
    with pytest.raises(ValidationError, match="frozen"):
        OPENING.position = (1.0, 1.0)


@settings(deadline=None)
@given(st.lists(moves, max_size=12))
def test_the_position_is_the_last_of_the_positions(increments: list[tuple[float, float] | None]):
    state = path(increments)
    assert state.positions[-1] == state.position
    assert len(state.positions) == 1 + len(state.judged) == 1 + sum(moved is not None for moved in increments)


@settings(deadline=None)
@given(st.lists(moves, max_size=12))
def test_each_path_begins_with_the_path_before_it(increments: list[tuple[float, float] | None]):
    states = [path(increments[:end]) for end in range(len(increments) + 1)]
    for before, after in itertools.pairwise(states):
        assert after.steps[:-1] == before.steps
        assert after.positions[: len(before.positions)] == before.positions


@settings(deadline=None)
@given(st.lists(moves, max_size=6))
def test_a_path_comes_back_from_json_to_the_last_digit(increments: list[tuple[float, float] | None]):
    state = path(increments)
    assert LatentState.model_validate_json(state.model_dump_json()) == state


def test_a_space_names_its_dimensions_in_order_and_clamps_to_their_bounds():
    narrow = Dimension(id="narrow", low=0.0, high=0.5, anchors={0.0: "low", 0.2: "middle", 0.5: "high"})
    space = Space(id="two", dimensions=(narrow, Dimension(id="wide", anchors=ANCHORS)))
    assert space.names == ("narrow", "wide")
    assert space.clamp((0.7, -3.0)) == (0.5, -1.0)
    assert space.clamp((0.2, 0.2)) == (0.2, 0.2)


def test_a_point_of_another_size_is_not_clamped():
    with pytest.raises(ValueError, match="zip"):
        Space(id="one", dimensions=(Dimension(id="wide", anchors=ANCHORS),)).clamp((0.0, 0.0))


def test_a_space_refuses_a_dimension_twice():
    twin = Dimension(id="calm", anchors=ANCHORS)
    with pytest.raises(ValidationError, match="dimension ids repeat: calm, calm"):
        Space(id="two", dimensions=(twin, twin))


@pytest.mark.parametrize("high", [-1.0, -2.0])
def test_a_dimension_has_room_between_its_bounds(high: float):
    with pytest.raises(ValidationError, match="is not below high"):
        Dimension(id="calm", low=-1.0, high=high, anchors=ANCHORS)
