"""The trio on hand-computed paths, its invariances, and what a detour can and cannot do to a score."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings, strategies as st

from empa_graph.scoring.trio import PROFILES, WeightProfile, trio, trio_batch, weight_profile

unhurried = settings(deadline=None)
RIGHT = math.pi / 2
names = st.sampled_from(sorted(PROFILES))
directions = st.sampled_from(["initial", "current"])


@st.composite
def walks(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """An integer walk, so that idle turns and returns to the start are exact, and a target off its start."""
    size, turns = draw(st.integers(1, 4)), draw(st.integers(1, 12))
    steps = draw(st.lists(st.lists(st.integers(-5, 5), min_size=size, max_size=size), min_size=turns, max_size=turns))
    start = np.array(draw(st.lists(st.integers(-5, 5), min_size=size, max_size=size)), float)
    ideal = np.array(draw(st.lists(st.integers(-9, 9), min_size=size, max_size=size).filter(any)), float)
    return np.vstack([start, start + np.cumsum(np.array(steps, float), axis=0)]), start + ideal


def with_excursion(positions: np.ndarray, after: int, there: np.ndarray) -> np.ndarray:
    """Leave the path after point ``after`` by ``there`` and come straight back."""
    at = positions[after]
    return np.vstack([positions[: after + 1], at + there, at, positions[after + 1 :]])


def test_one_bent_path_by_hand():
    # Turns at 0 and at pi/2; D = (3, 4), u = (10, 0).
    found = trio([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]], [10.0, 0.0])
    assert found.alignment == pytest.approx(0.6)
    assert found.impact == pytest.approx(7.0)
    assert found.stability == pytest.approx(math.pi / 4)
    assert (found.alignment_index, found.impact_index) == pytest.approx((0.6, 0.7))
    assert found.stability_index == pytest.approx(0.5)
    assert found.composite == pytest.approx(100 * 0.6 * (0.4 + 0.3 * 0.7 + 0.3 * 0.5))
    assert found.direction == "initial"


@pytest.mark.parametrize(
    ("profile", "score"),
    [("balanced", 45.6), ("rapid_de_escalation", 45.0), ("deep_rapport", 44.4), ((1.0, 0.0, 0.0), 60.0)],
)
def test_the_profile_weighs_the_same_three_indices(profile, score: float):
    found = trio([[0.0, 0.0], [3.0, 0.0], [3.0, 4.0]], [10.0, 0.0], profile=profile)
    assert found.composite == pytest.approx(score)


def test_current_direction_changes_stability_alone():
    path, target = [[0.0, 0.0], [0.0, 3.0], [4.0, 3.0]], [4.0, 0.0]
    fixed, moving = trio(path, target), trio(path, target, direction="current")
    assert moving.direction == "current"
    assert (moving.alignment, moving.impact) == (fixed.alignment, fixed.impact)
    assert fixed.stability == pytest.approx(math.pi / 4)
    assert moving.stability == pytest.approx((RIGHT - math.acos(0.8)) / 2)


def test_impact_beyond_the_ideal_distance_earns_no_more():
    assert trio([[0.0], [3.0]], [1.0]).impact == 3.0
    assert trio([[0.0], [3.0]], [1.0]).impact_index == 1.0


@unhurried
@given(walks(), names, directions)
def test_every_number_keeps_its_bounds(walk, profile: str, direction):
    found = trio(*walk, profile=profile, direction=direction)
    assert -1.0 <= found.alignment <= 1.0
    assert found.impact >= 0.0
    assert 0.0 <= found.stability <= RIGHT + 1e-12
    for index in (found.alignment_index, found.impact_index, found.stability_index):
        assert 0.0 <= index <= 1.0
    assert 0.0 <= found.composite <= 100.0


@unhurried
@given(walks(), st.integers(0, 2**32 - 1), st.floats(1e-6, 1e6), directions)
def test_turning_and_scaling_the_space_changes_no_score(walk, seed: int, scale: float, direction):
    positions, target = walk
    size = len(target)
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))
    found = trio(positions, target, direction=direction)
    moved = trio(scale * positions @ turn, scale * target @ turn, direction=direction)
    assert moved.composite == pytest.approx(found.composite, abs=1e-9)
    assert moved.alignment == pytest.approx(found.alignment, abs=1e-11)
    assert moved.stability == pytest.approx(found.stability, abs=1e-11)
    assert moved.impact == pytest.approx(scale * found.impact)


@unhurried
@given(walks(), st.integers(1, 45), names, directions)
def test_a_straight_walk_to_the_target_scores_100(walk, turns: int, profile: str, direction):
    (start, *_), target = walk
    path = np.linspace(start / 7, target / 7, turns + 1)
    found = trio(path, target / 7, profile=profile, direction=direction)
    assert found.composite == pytest.approx(100.0, abs=1e-9)


@unhurried
@given(walks(), st.integers(1, 45), names)
def test_a_reversed_walk_scores_0(walk, turns: int, profile: str):
    (start, *_), target = walk
    assert trio(np.linspace(start, 2 * start - target, turns + 1), target, profile=profile).composite == 0.0


@unhurried
@given(walks(), st.integers(1, 45), names, directions)
def test_an_idle_walk_scores_0(walk, turns: int, profile: str, direction):
    (start, *_), target = walk
    found = trio(np.tile(start, (turns + 1, 1)), target, profile=profile, direction=direction)
    assert (found.alignment, found.impact, found.stability, found.composite) == (0.0, 0.0, 0.0, 0.0)


def test_an_oscillation_that_ends_an_ulp_off_its_start_scores_0():
    assert trio([[0.1], [0.1 + 0.2], [0.1 + 0.2 - 0.2]], [1.0]).composite == 0.0


@unhurried
@given(walks(), st.data())
def test_a_detour_moves_the_score_only_through_impact_and_stability(walk, data: st.DataObject):
    positions, target = walk
    after = data.draw(st.integers(0, len(positions) - 1))
    there = np.array(data.draw(st.lists(st.integers(-5, 5), min_size=len(target), max_size=len(target))), float)
    plain, longer = trio(positions, target), trio(with_excursion(positions, after, there), target)
    weights = plain.weights
    gain = weights.w_impact * (longer.impact_index - plain.impact_index)
    gain += weights.w_stability * (longer.stability_index - plain.stability_index)
    assert longer.alignment == plain.alignment
    assert longer.composite - plain.composite == pytest.approx(100 * plain.alignment_index * gain, abs=1e-9)


@unhurried
@given(walks(), st.data())
def test_a_detour_along_the_heading_never_raises_the_score_of_a_path_of_full_length(walk, data: st.DataObject):
    positions, target = walk
    plain = trio(positions, target)
    assume(plain.impact_index == 1.0)
    after = data.draw(st.integers(0, len(positions) - 1))
    there = (target - positions[0]) * data.draw(st.sampled_from([-2, -1, 1, 2]))
    assert trio(with_excursion(positions, after, there), target).composite <= plain.composite + 1e-9


@unhurried
@given(walks(), st.data())
def test_no_detour_raises_the_score_of_a_steady_path_of_full_length(walk, data: st.DataObject):
    (start, bend, *_), target = walk
    step = (bend - start) if (bend - start).any() else target - start
    positions = start + np.arange(11)[:, None] * step
    plain = trio(positions, target)
    assume(plain.impact_index == 1.0)
    there = np.array(data.draw(st.lists(st.integers(-5, 5), min_size=len(target), max_size=len(target))), float)
    after = data.draw(st.integers(0, 10))
    assert trio(with_excursion(positions, after, there), target).composite <= plain.composite + 1e-9


@unhurried
@given(walks(), st.data())
def test_a_detour_raises_stability_exactly_where_the_turns_spread_wider_than_it(walk, data: st.DataObject):
    positions, target = walk
    size, turns = len(target), len(positions) - 1
    there = np.array(data.draw(st.lists(st.integers(-5, 5), min_size=size, max_size=size).filter(any)), float)
    ideal, steps = target - positions[0], np.diff(positions, axis=0)
    lengths = np.linalg.norm(steps, axis=1)
    cosines = steps @ ideal / np.where(lengths == 0, 1, lengths) / np.linalg.norm(ideal)
    theta = np.arccos(np.clip(cosines, -1, 1))
    off = RIGHT - math.acos(np.clip(there @ ideal / np.linalg.norm(there) / np.linalg.norm(ideal), -1, 1))
    margin = theta.var() - off**2 - turns / (turns + 2) * (theta.mean() - RIGHT) ** 2
    assume(abs(margin) > 1e-9)
    plain, longer = trio(positions, target), trio(with_excursion(positions, 0, there), target)
    assert (longer.stability_index > plain.stability_index) == (margin > 0)


def test_a_detour_raises_a_path_too_short_by_impact():
    plain, longer = trio([[0.0], [0.05]], [1.0]), trio([[0.0], [0.05], [0.525], [0.05]], [1.0])
    assert (plain.impact_index, longer.impact_index) == pytest.approx((0.05, 1.0))
    assert plain.composite == pytest.approx(71.5)
    assert longer.composite == pytest.approx(70 + 30 * (1 - math.sqrt(8) / 3))


def test_a_sideways_detour_or_a_pause_raises_an_unsteady_path():
    path, target = [[0.0, 0.0], [1.5, 0.0], [1.0, 0.0]], [1.0, 0.0]
    assert trio(path, target).composite == pytest.approx(70.0)
    assert trio([*path, [1.0, 1.0], [1.0, 0.0]], target).composite == pytest.approx(70 + 30 * (1 - math.sqrt(1 / 2)))
    assert trio([*path, path[-1]], target).composite == pytest.approx(70 + 30 * (1 - math.sqrt(2 / 3)))


@unhurried
@given(st.lists(walks(), min_size=1, max_size=6), names, directions)
def test_a_batch_scores_what_a_loop_scores(all_walks, profile: str, direction):
    size = len(all_walks[0][1])
    same = [(path, target) for path, target in all_walks if len(target) == size]
    lengths = [len(path) - 1 for path, _ in same]
    padded = np.full((len(same), max(lengths) + 1, size), np.nan)
    for row, (path, _) in enumerate(same):
        padded[row, : len(path)] = path
    found = trio_batch(padded, lengths, [target for _, target in same], profile=profile, direction=direction)
    assert len(found) == len(same)
    for row, (path, target) in enumerate(same):
        alone, together = trio(path, target, profile=profile, direction=direction), found.row(row)
        assert together.direction == alone.direction
        assert together.weights == alone.weights
        for field in ("alignment", "impact", "stability", "composite"):
            assert getattr(together, field) == pytest.approx(getattr(alone, field), abs=1e-12, rel=1e-14)


def test_one_target_serves_a_whole_batch():
    found = trio_batch([[[0.0], [1.0]], [[0.0], [-1.0]]], [1, 1], [1.0])
    assert found.composite.tolist() == [100.0, 0.0]


def test_a_path_without_a_judged_turn_has_no_score():
    with pytest.raises(ValueError, match="no judged turn"):
        trio([[0.0, 0.0]], [1.0, 0.0])
    with pytest.raises(ValueError, match="trajectory 1 has no judged turn"):
        trio_batch([[[0.0], [1.0]], [[0.0], [1.0]]], [1, 0], [1.0])


def test_a_start_on_the_target_is_refused():
    with pytest.raises(ValueError, match="start equals target"):
        trio([[0.0, 1.0], [0.0, 2.0]], [0.0, 1.0])


@pytest.mark.parametrize(("path", "target"), [([0.0, 1.0], [1.0]), ([[0.0], [1.0]], [[1.0]]), ([[0.0], [1.0]], 1.0)])
def test_shapes_that_are_no_single_trajectory_are_refused(path, target):
    with pytest.raises(ValueError, match=r"allowed are \(T\+1, D\) and \(D,\)"):
        trio(path, target)


def test_profiles_come_by_name_by_value_and_by_weights():
    assert weight_profile("deep_rapport") == WeightProfile(0.4, 0.2, 0.4)
    assert weight_profile([0.5, 0.25, 0.25]) == WeightProfile(0.5, 0.25, 0.25)
    assert weight_profile(PROFILES["balanced"]) is PROFILES["balanced"]


@pytest.mark.parametrize(
    ("given_profile", "message"),
    [
        ("balance", "unknown weight profile 'balance'; known are balanced"),
        ((0.5, 0.5), "found 2 weights"),
        ((0.5, 0.5, 0.5), "sum to 1.5"),
        ((1.5, -0.5, 0.0), "at least 0"),
        ((math.nan, 0.5, 0.5), "finite"),
    ],
)
def test_profiles_that_do_not_add_up_are_refused(given_profile, message: str):
    with pytest.raises(ValueError, match=message):
        weight_profile(given_profile)
