"""EPM-Q under both definitions by hand, what each is insensitive to, and that batch and single agree."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from empa_graph.scoring.epm import increments
from empa_graph.scoring.epmq import INDICES, Definition, Epmq, epmq, epmq_batch
from tests.conformance import STEPS

unhurried = settings(deadline=None)
definitions = st.sampled_from(["published", "paper"])
both = pytest.mark.parametrize("definition", ["published", "paper"])


@st.composite
def judged(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A deficit, and levels of progress and regress for one turn or more."""
    start = draw(st.lists(st.integers(-27, 0), min_size=3, max_size=3).filter(any))
    levels = draw(st.lists(st.lists(st.integers(0, 2), min_size=6, max_size=6), min_size=1, max_size=15))
    return np.array(start, float), np.array(levels)[:, :3], np.array(levels)[:, 3:]


def scored(start, progress, regress, definition: Definition) -> Epmq:
    moves = increments(progress, regress, steps=STEPS)
    return epmq(start, moves, progress=progress, regress=regress, definition=definition)


def test_published_by_hand():
    # P: (-5,-1,-1), (-2,-1,-1), (-2,1,-1); r_0 = |(-4,0,0)| = 4 from the zone, 1 is left of it.
    start, moves = [-5.0, -1.0, -1.0], [[3.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    found = epmq(start, moves, progress=[[2, 0, 0], [0, 2, 0]], regress=[[0, 0, 0], [0, 0, 1]])
    # v* = (0.9623, 0.1925, 0.1925): dE = 2.8869 and 0.385 (a tie, stored above it: 0.39), E = 3.2719.
    assert found.rdi == pytest.approx(50 + 50 * 3 / 4)
    assert found.etot == pytest.approx(100 * 3.27 / 4.8)
    assert found.snet == pytest.approx(100 * (4 - 1) / 6)
    assert found.rho == pytest.approx(100 * 3.27 / 2 / 2.5)
    assert found.sproj == pytest.approx(100 * (2.89 + round(2 * 0.1925, 2)) / 3 / 2.5)
    assert found.tau == pytest.approx(100 * (3 - 5 / 13**0.5) / 2)
    assert found.rpos == pytest.approx(100 * 2 / 3)
    assert found.align == pytest.approx(50 * ((0.9623 + 0.1925) / 3 + 1))
    assert found.pen == pytest.approx(100 * (3 - 1 / 3) / 3)


def test_paper_by_hand():
    # v* = (0.6, 0.8, 0), dE = 1.8 and 1.6, P_2 = (0, -2, 0).
    start, moves = [-3.0, -4.0, 0.0], [[3.0, 0.0, 0.0], [0.0, 2.0, 0.0]]
    levels = {"progress": [[2, 0, 0], [0, 2, 0]], "regress": [[0, 0, 0], [0, 0, 1]]}
    found = epmq(start, moves, **levels, definition="paper")
    assert found.rdi == pytest.approx(50 + 50 * (1 - 2 / 5))
    assert found.etot == pytest.approx(100 * 3.4 / 5)
    assert found.snet == pytest.approx(100 * 5 / 6)
    assert found.rho == found.sproj == pytest.approx(100 * 1.7 / 3.464)
    assert found.tau == pytest.approx(100 * (3 - 5 / 13**0.5) / 2)
    assert found.rpos == 100.0
    assert found.align == pytest.approx(50 * (1 + (0.6 + 0.8) / 2))
    assert found.pen == pytest.approx(100 * (3 - 1 / 2) / 3)


@unhurried
@given(judged(), definitions)
def test_groups_and_composite_follow_from_the_nine(path, definition: Definition):
    found = scored(*path, definition)
    nine = [getattr(found, name) for name in INDICES]
    groups = [sum(nine[at : at + 3]) / 3 for at in (0, 3, 6)]
    assert (found.outcome, found.efficiency, found.stability) == pytest.approx(tuple(groups))
    assert found.composite == pytest.approx(0.4 * groups[0] + 0.2 * groups[1] + 0.4 * groups[2])


@unhurried
@given(judged(), definitions)
def test_indices_keep_the_bounds_they_have(path, definition: Definition):
    found = scored(*path, definition)
    assert all(getattr(found, name) >= 0.0 for name in INDICES)
    for name in ("rdi", "tau", "rpos", "align", "pen"):
        assert getattr(found, name) <= 100.0 + 1e-9


@both
def test_epm_q_is_not_bounded_by_100(definition: Definition):
    gains = np.full((12, 3), 2)
    assert scored(np.full(3, -4.0), gains, np.zeros_like(gains), definition).composite > 150.0


@both
def test_a_path_that_ends_where_it_began_counts_as_straight(definition: Definition):
    levels = {"progress": np.zeros((2, 3), int), "regress": np.zeros((2, 3), int)}
    for moves in (np.zeros((2, 3)), np.array([[3.0, 0.0, 0.0], [-3.0, 0.0, 0.0]])):
        assert epmq([-5.0, 0.0, 0.0], moves, **levels, definition=definition).tau == 100.0


@both
def test_idle_turns_earn_half_of_align_and_no_outcome_but_rdi(definition: Definition):
    idle = np.zeros((12, 3), int)
    found = scored([-5.0, -5.0, -5.0], idle, idle, definition)
    expected = {"rdi": 50.0, "tau": 100.0, "align": 50.0, "pen": 100.0}
    assert {name: getattr(found, name) for name in INDICES} == {name: expected.get(name, 0.0) for name in INDICES}
    assert found.composite == pytest.approx(100 / 3)


def test_published_measures_a_start_inside_the_zone_by_one():
    found = scored([-1.0, 0.0, 0.0], np.array([[2, 0, 0]]), np.array([[0, 0, 0]]), "published")
    assert (found.rdi, found.etot) == pytest.approx((100.0, 100 * 3.0 / 1.2))
    sunk = scored([-1.0, 0.0, 0.0], np.array([[0, 0, 0]]), np.array([[2, 0, 0]]), "published")
    assert sunk.rdi == 0.0


def test_paper_gives_a_twice_deeper_deficit_no_rdi():
    assert scored([-2.0, 0.0, 0.0], np.array([[0, 0, 0]]), np.array([[2, 0, 0]]), "paper").rdi == 0.0


@unhurried
@given(judged())
def test_paper_says_the_same_by_rho_and_by_sproj(path):
    found = scored(*path, "paper")
    assert found.rho == found.sproj


@unhurried
@given(st.lists(judged(), min_size=1, max_size=5), definitions)
def test_a_batch_equals_its_rows_whatever_pads_it(rows, definition: Definition):
    lengths = np.array([len(progress) for _, progress, _ in rows])
    progress, regress = np.full((2, len(rows), lengths.max() + 2, 3), -9)
    moves = np.full(progress.shape, np.nan)
    for number, (_, up, down) in enumerate(rows):
        progress[number, : len(up)], regress[number, : len(up)] = up, down
        moves[number, : len(up)] = increments(up, down, steps=STEPS)
    starts = np.array([start for start, _, _ in rows])
    batch = epmq_batch(starts, moves, lengths, progress=progress, regress=regress, definition=definition)
    assert len(batch) == len(rows)
    for number, row in enumerate(rows):
        assert astuple(batch.row(number)) == astuple(scored(*row, definition))


def test_no_judged_turn_is_no_score():
    none = np.empty((0, 3), int)
    with pytest.raises(ValueError, match="no judged turn"):
        epmq([-5.0, 0.0, 0.0], none, progress=none, regress=none)
    one = np.ones((2, 1, 3), int)
    with pytest.raises(ValueError, match="path 1 has no judged turn"):
        epmq_batch(-np.ones((2, 3)), one, [1, 0], progress=one, regress=one)


def test_the_origin_is_no_start():
    with pytest.raises(ValueError, match="starts at the origin"):
        epmq([0.0, 0.0, 0.0], [[1.0, 0.0, 0.0]], progress=[[1, 0, 0]], regress=[[0, 0, 0]])


def test_what_does_not_fit_is_refused():
    start, moves, none = [-5.0, 0.0, 0.0], [[1.0, 0.0, 0.0]], [[0, 0, 0]]
    with pytest.raises(ValueError, match="unknown definition 'papers'; allowed are published, paper"):
        epmq(start, moves, progress=none, regress=none, definition="papers")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="allowed is one shape"):
        epmq(start, moves, progress=none * 2, regress=none)
    with pytest.raises(ValueError, match="progress run from 0 to 3"):
        epmq(start, moves, progress=[[3, 0, 0]], regress=none)
    with pytest.raises(ValueError, match="regress run from -1 to 0"):
        epmq(start, moves, progress=none, regress=[[-1, 0, 0]])


def test_more_rows_than_are_scored_at_once_keep_their_order():
    count = 20_000
    progress = np.random.default_rng(3).integers(0, 3, (count, 2, 3))
    regress, starts = np.zeros_like(progress), -np.ones((count, 3)) * (1 + np.arange(count)[:, None] % 27)
    moves = increments(progress, regress, steps=STEPS)
    batch = epmq_batch(starts, moves, np.full(count, 2), progress=progress, regress=regress)
    for row in (0, 9_999, count - 1):
        assert astuple(batch.row(row)) == astuple(scored(starts[row], progress[row], regress[row], "published"))
