"""Geometry of trajectories on hand-computed numbers, and the agreement of batch and single."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from empa_graph.scoring import space

unhurried = settings(deadline=None)
DIRECTIONS = ("initial", "current")
# Right angle, idle, reversal, straight on: one turn of each kind.
CORNERS = [[0.0, 0.0], [0.0, 1.0], [0.0, 1.0], [-3.0, 1.0], [1.0, 1.0]]
TARGET = [4.0, 0.0]


@st.composite
def batches(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Padded integer walks (exact in floats) with their lengths and targets away from every start."""
    rows, turns, size = draw(st.integers(1, 5)), draw(st.integers(1, 9)), draw(st.integers(1, 4))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    positions = rng.integers(-4, 5, (rows, turns + 1, size)).astype(float)
    lengths = rng.integers(1, turns + 1, rows)
    targets = positions[:, 0] + rng.integers(1, 6, (rows, size)) * rng.choice([-1, 1], (rows, size))
    positions[np.arange(turns + 1) > lengths[:, None]] = np.nan
    return positions, lengths, targets


def moved(positions, target, *, lengths=None, direction: space.Direction = "initial") -> space.Motion:
    return space.motion(space.paths(positions, target=target, lengths=lengths), direction=direction)


def test_heading_is_a_unit_vector_and_a_distance():
    unit, length = space.heading([1.0, 1.0], [4.0, 5.0])
    assert unit.tolist() == pytest.approx([0.6, 0.8])
    assert float(length) == 5.0


def test_heading_of_a_batch_is_that_of_each_row():
    unit, length = space.heading([[0.0, 0.0], [0.0, 5.0]], [[0.0, 2.0], [0.0, 1.0]])
    assert unit.tolist() == [[0.0, 1.0], [0.0, -1.0]]
    assert length.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("target", [0.3, 0.1 + 0.2])
def test_a_start_on_its_target_has_no_heading(target: float):
    with pytest.raises(ValueError, match="start equals target"):
        space.heading([0.3], [target])


def test_the_row_that_starts_on_its_target_is_named():
    with pytest.raises(ValueError, match="in trajectory 1"):
        space.heading([[0.0], [1.0]], [[1.0], [1.0]])


def test_alignment_is_the_cosine_of_each_turn_and_zero_when_idle():
    found = space.alignments(CORNERS, TARGET)
    assert found.tolist() == pytest.approx([0.0, 0.0, -1.0, 1.0])


def test_angles_run_from_straight_to_reversed():
    found = space.angles(CORNERS, TARGET)
    assert found.tolist() == pytest.approx([math.pi / 2, math.pi / 2, math.pi, 0.0])


def test_current_direction_looks_from_where_the_turn_begins():
    found = moved([[0.0, 0.0], [0.0, 3.0], [4.0, 3.0]], TARGET, direction="current")
    assert found.alignment[0].tolist() == pytest.approx([0.0, 0.8])


def test_a_turn_that_begins_on_the_target_has_no_current_direction():
    found = moved([[0.0, 0.0], [4.0, 0.0], [5.0, 0.0]], TARGET, direction="current")
    assert found.alignment[0].tolist() == [1.0, 0.0]


def test_an_angle_stays_exact_where_the_cosine_rounds_to_one():
    assert space.alignments([[0.0, 0.0], [1.0, 1e-9]], TARGET).tolist() == [1.0]
    assert space.angles([[0.0, 0.0], [1.0, 1e-9]], TARGET).tolist() == pytest.approx([1e-9])


def test_rounding_noise_is_no_movement():
    there_and_back = [[0.1], [0.1 + 0.2 - 0.2]]
    assert there_and_back[0] != there_and_back[1]
    assert space.alignments(there_and_back, [1.0]).tolist() == [0.0]


def test_distances_run_over_all_points():
    assert space.distances([[0.0, 0.0], [4.0, 3.0], [4.0, 0.0]], TARGET).tolist() == [4.0, 3.0, 0.0]


def test_a_trajectory_without_a_turn_has_points_but_no_turns():
    assert space.distances([[0.0, 0.0]], TARGET).tolist() == [4.0]
    assert space.alignments([[0.0, 0.0]], TARGET).shape == (0,)


def test_padding_is_not_read_and_counts_as_idle():
    positions = np.array([[[0.0], [1.0], [np.nan]], [[0.0], [1.0], [3.0]]])
    assert moved(positions, [4.0], lengths=[1, 2]).alignment.tolist() == [[1.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize("direction", DIRECTIONS)
@unhurried
@given(batch=batches())
def test_a_batch_gives_what_each_trajectory_gives_alone(direction: space.Direction, batch):
    positions, lengths, targets = batch
    found = moved(positions, targets, lengths=lengths, direction=direction)
    for row, turns in enumerate(lengths):
        alone = moved(positions[row, : turns + 1], targets[row], direction=direction)
        for many, one in zip(found, alone, strict=True):
            np.testing.assert_allclose(many[row, :turns], one[0], rtol=0, atol=1e-13)


@pytest.mark.parametrize("direction", DIRECTIONS)
@unhurried
@given(batch=batches())
def test_cosine_and_angle_agree_and_keep_their_bounds(direction: space.Direction, batch):
    positions, lengths, targets = batch
    _, cosines, angles = moved(positions, targets, lengths=lengths, direction=direction)
    assert ((np.abs(cosines) <= 1.0) & (angles >= 0.0) & (angles <= np.pi)).all()
    np.testing.assert_allclose(np.cos(angles), cosines, atol=1e-12)


def test_the_rim_of_the_target_is_reached():
    assert space.reachable([0.1 + 0.2, 0.0], [0.0, 0.0], 0.3, largest_step=1.0, max_turns=1) == 0
    assert space.reachable([0.31, 0.0], [0.0, 0.0], 0.3, largest_step=1.0, max_turns=1) == 1


@pytest.mark.parametrize(
    ("step", "radius", "turns"),
    [
        (1.0, 0.0, 4),  # the longest axis decides
        (1.0, 1.0, 3),
        ([2.0, 0.5], 0.0, 6),
        (0.3, 0.0, 14),
        ([1.0, 0.0], 3.0, 4),  # the other axis never moves, but the radius covers it
        ([1.0, 0.0], 2.9, None),
        (0.1, 0.0, None),
        (0.0, 5.0, 0),
    ],
)
def test_reachable_counts_the_fewest_turns(step, radius: float, turns: int | None):
    assert space.reachable([0.0, 0.0], [4.0, -3.0], radius, largest_step=step, max_turns=20) == turns


def test_reachable_counts_the_last_turn_and_not_one_more():
    assert space.reachable([0.0], [1.0], 0.0, largest_step=0.1, max_turns=10) == 10
    assert space.reachable([0.0], [1.0], 0.0, largest_step=0.1, max_turns=9) is None


@unhurried
@given(st.integers(1, 4), st.integers(0, 2**32 - 1))
def test_the_greedy_walk_takes_exactly_the_reachable_turns(size: int, seed: int):
    rng = np.random.default_rng(seed)
    position, target = rng.uniform(-1, 1, size), rng.uniform(-1, 1, size)
    step, taken = rng.uniform(0.1, 0.5, size), 0
    turns = space.reachable(position, target, 0.2, largest_step=step, max_turns=40)
    while math.dist(position, target) > 0.2:
        position, taken = position + np.clip(target - position, -step, step), taken + 1
    assert turns == taken


@pytest.mark.parametrize(
    ("positions", "target", "lengths", "message"),
    [
        ([1.0, 2.0], [1.0], None, r"shape \(2,\)"),
        ([[[0.0]]], [1.0], None, "beside lengths|allowed is"),
        ([[0.0], [1.0]], [1.0], [1], "beside lengths"),
        ([[0.0], [math.nan]], [1.0], None, "trajectory 0, point 1"),
        ([[0.0], [math.inf]], [1.0], None, "trajectory 0, point 1"),
        ([[0.0], [1.0]], [math.nan], None, "target holds a NaN"),
        ([[0.0], [1.0]], [1.0, 2.0], None, "do not belong"),
        ([[[0.0], [1.0]]], [[1.0], [2.0]], [1], "do not belong"),
        ([[[0.0], [1.0]]], [1.0], [2], "allowed is 0 to 1 turns"),
        ([[[0.0], [1.0]]], [1.0], [-1], "allowed is 0 to 1 turns"),
        ([[[0.0], [1.0]]], [1.0], [1.0], "of integers"),
        ([[[0.0], [1.0]]], [1.0], [1, 1], r"allowed is \(1,\)"),
    ],
)
def test_wrong_input_is_refused_with_what_was_found(positions, target, lengths, message: str):
    with pytest.raises(ValueError, match=message):
        space.paths(positions, target=target, lengths=lengths)


def test_an_unknown_direction_is_refused():
    with pytest.raises(ValueError, match="unknown direction 'sideways'; allowed are initial, current"):
        moved(CORNERS, TARGET, direction="sideways")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("radius", "step", "turns", "message"),
    [
        (-0.1, 1.0, 5, "radius must be finite and not negative"),
        (0.1, [1.0, 1.0], 5, "largest_step has shape"),
        (0.1, math.nan, 5, "largest_step must be finite"),
        (0.1, 1.0, -1, "max_turns is -1"),
    ],
)
def test_impossible_limits_are_refused(radius: float, step, turns: int, message: str):
    with pytest.raises(ValueError, match=message):
        space.reachable([0.0], [1.0], radius, largest_step=step, max_turns=turns)
