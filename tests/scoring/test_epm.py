"""Levels to deficit and increments by hand, and the physics on a 3-4-5 path and on any path."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from empa_graph.scoring.epm import decimal, deficits, increments, physics
from tests.conformance import MULTIPLIERS, STEPS

unhurried = settings(deadline=None)
START = [-3.0, -4.0, 0.0]
MOVES = [[3.0, 0.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.0], [-4.0, 3.0, 0.0]]


@st.composite
def paths(draw: st.DrawFn, most: int = 20) -> tuple[np.ndarray, np.ndarray]:
    """A deficit other than the origin and the increments that levels can give, at least one."""
    start = draw(st.lists(st.integers(-27, 0), min_size=3, max_size=3).filter(any))
    step = st.tuples(*[st.sampled_from([0, 1, 3, -2, -1, -5]) for _ in range(3)])
    return np.array(start, float), np.array(draw(st.lists(step, min_size=1, max_size=most)), float)


def test_a_deficit_is_the_weighted_sum_of_levels_on_each_axis():
    found = deficits([1, 2, 3, 3, 1, 0, 0, 3, 2], multipliers=MULTIPLIERS)
    assert found.tolist() == [-(2 + 4 + 9), -(6 + 4 + 0), -(0 + 12 + 6)]


def test_no_level_is_no_deficit_without_a_sign():
    assert not np.signbit(deficits([0] * 9, multipliers=MULTIPLIERS)).any()


def test_a_batch_of_levels_gives_what_each_row_gives_alone():
    levels = np.arange(18).reshape(2, 9) % 4
    alone = [deficits(row, multipliers=MULTIPLIERS) for row in levels]
    assert np.array_equal(deficits(levels, multipliers=MULTIPLIERS), alone)


@pytest.mark.parametrize("level", [-1, 4, 1.0, 0.5, True, "2", None, float("nan")])
def test_a_level_is_an_integer_from_0_to_3(level: object):
    with pytest.raises(ValueError, match=r"levels .* allowed (is|are integers) 0 to 3"):
        deficits([level, *[1] * 8], multipliers=MULTIPLIERS)


@pytest.mark.parametrize("shape", [(), (8,), (2, 3), (1, 1, 9)])
def test_levels_come_in_nines(shape: tuple[int, ...]):
    with pytest.raises(ValueError, match=r"levels have shape .*, allowed is \(9,\) or \(N, 9\)"):
        deficits(np.ones(shape, dtype=int), multipliers=MULTIPLIERS)


def test_multipliers_are_three_by_three_and_no_credit():
    with pytest.raises(ValueError, match=r"multipliers have shape \(2, 3\)"):
        deficits([1] * 9, multipliers=MULTIPLIERS[:2])
    with pytest.raises(ValueError, match="at least 0"):
        deficits([1] * 9, multipliers=-np.array(MULTIPLIERS))


def test_an_increment_is_the_step_of_progress_plus_that_of_regress():
    assert increments([0, 1, 2], [1, 1, 2], steps=STEPS).tolist() == [-2.0, -1.0, -2.0]
    assert increments([2, 2, 2], [2, 2, 0], steps=STEPS).tolist() == [-1.0, -2.0, 3.0]


def test_increments_keep_the_shape_of_their_levels():
    progress = np.array([[[0, 1, 2]], [[2, 0, 1]]])
    assert increments(progress, np.zeros_like(progress), steps=STEPS).tolist() == [[[0, 1, 3]], [[3, 0, 1]]]


def test_regress_is_a_magnitude():
    with pytest.raises(ValueError, match=r"regress run from -1 to 0, allowed is 0 to 2"):
        increments([0, 0, 0], [-1, 0, 0], steps=STEPS)


def test_steps_of_regress_lead_back():
    with pytest.raises(ValueError, match="at most 0 for regress"):
        increments([0, 0, 0], [1, 0, 0], steps=np.abs(STEPS))


def test_physics_by_hand():
    found = physics(START, MOVES)
    assert found.deficit == 5.0
    assert found.heading == pytest.approx([0.6, 0.8, 0.0])
    assert found.positions.tolist() == [START, [0, -4, 0], [0, 0, 0], [0, 0, 0], [-4, 3, 0]]
    assert found.energy == pytest.approx([1.8, 3.2, 0.0, 0.0])
    assert found.total == pytest.approx([0.0, 1.8, 5.0, 5.0, 5.0])
    assert found.projection == pytest.approx([-5.0, -3.2, 0.0, 0.0, 0.0])
    assert found.distance == pytest.approx([5.0, 4.0, 0.0, 0.0, 5.0])
    assert found.alignment == pytest.approx([0.6, 0.8, 0.0, 0.0])


def test_a_turn_across_the_way_out_has_exactly_no_energy():
    # 3 * 9/r_0 - 27/r_0 comes out as 1e-16, which would count as a gain.
    assert physics([-21.0, -9.0, -27.0], [[0.0, 3.0, -1.0]]).energy.tolist() == [0.0]


def test_rounded_values_stand_as_recorded():
    found = physics([-1.0, -1.0, -1.0], [[1.0, 1.0, 0.0], [1.0, 1.0, 0.0]], rounded=True)
    assert found.deficit == 1.73
    assert found.heading.tolist() == [0.5774] * 3
    assert found.energy.tolist() == [1.15, 1.15]
    assert found.total.tolist() == [0.0, 1.15, 2.31]
    assert found.alignment.tolist() == [0.8166, 0.8166]


@unhurried
@given(paths(), st.booleans())
def test_energy_is_projection_plus_the_initial_deficit(path, rounded: bool):
    found = physics(*path, rounded=rounded)
    assert found.total == pytest.approx(found.projection + found.deficit, abs=0.02 if rounded else 1e-9)


@unhurried
@given(paths(), st.floats(0.01, 100.0))
def test_physics_scales_with_the_space(path, factor: float):
    start, moves = path
    near, far = physics(start, moves), physics(start * factor, moves * factor)
    assert far.total == pytest.approx(factor * near.total, rel=1e-9, abs=1e-9)
    assert far.alignment == pytest.approx(near.alignment)


@unhurried
@given(st.lists(paths(), min_size=1, max_size=4), st.booleans())
def test_a_batch_equals_its_rows_whatever_pads_it(rows, rounded: bool):
    lengths = [len(moves) for _, moves in rows]
    padded = np.full((len(rows), max(lengths) + 1, 3), np.nan)
    for number, (_, moves) in enumerate(rows):
        padded[number, : len(moves)] = moves
    batch = physics([start for start, _ in rows], padded, lengths=lengths, rounded=rounded)
    for number, (start, moves) in enumerate(rows):
        alone = physics(start, moves, rounded=rounded)
        for name in ("energy", "alignment", "total", "projection", "distance", "positions"):
            values, own = getattr(batch, name)[number], getattr(alone, name)
            assert np.array_equal(values[: len(own)], own)
            assert np.isnan(values[len(own) :]).all()


def test_the_origin_has_no_way_out():
    with pytest.raises(ValueError, match="path 1 starts at the origin"):
        physics([START, [0.0, 0.0, 0.0]], np.ones((2, 1, 3)), lengths=[1, 1])


def test_what_is_no_number_is_refused_where_it_counts():
    with pytest.raises(ValueError, match="increments hold a NaN or an infinity at path 0"):
        physics(START, [[np.nan, 0.0, 0.0]])
    with pytest.raises(ValueError, match="lengths run from 3 to 3, allowed is 0 to 2"):
        physics([START], np.ones((1, 2, 3)), lengths=[3])
    with pytest.raises(ValueError, match="lengths are float64"):
        physics([START], np.ones((1, 2, 3)), lengths=[2.0])
    with pytest.raises(ValueError, match=r"increments \(2, 2\)"):
        physics(START, [[1.0, 1.0], [1.0, 1.0]])


@given(st.lists(st.integers(-(10**9), 10**9).map(lambda n: n / 1000) | st.floats(-1e9, 1e9)), st.integers(0, 4))
def test_rounding_is_that_of_python(values: list[float], places: int):
    assert decimal(np.array(values), places).tolist() == [round(value, places) for value in values]


def test_rounding_of_ties_differs_from_numpy():
    assert decimal(np.array([1.115]), 2).tolist() == [1.11]
    assert np.round(1.115, 2) == 1.12
