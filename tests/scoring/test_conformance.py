"""The published figures come out of the pure functions: deficits, stops, indices and leaderboard."""

from __future__ import annotations

import numpy as np
import pytest

from empa_graph.scoring.epm import deficits, physics
from empa_graph.scoring.epmq import EpmqBatch, epmq_batch
from empa_graph.scoring.stopping import PROFILES, standing, stops
from tests.conformance import INDICES, MULTIPLIERS, Published, leaderboard, published

TOLERANCE = 0.001


@pytest.fixture(scope="module")
def runs() -> Published:
    return published()


@pytest.fixture(scope="module")
def scores(runs: Published) -> EpmqBatch:
    return epmq_batch(runs.starts, runs.increments, runs.lengths, progress=runs.progress, regress=runs.regress)


def test_every_deficit_follows_from_its_levels(runs: Published):
    assert len(runs.starts) == 240
    assert np.array_equal(deficits(runs.levels, multipliers=MULTIPLIERS), runs.starts)


def test_every_stop_replays_at_its_turn_with_its_kind(runs: Published):
    found = stops(runs.starts, runs.increments, runs.lengths, rules=PROFILES["published"])
    assert found.turn.tolist() == runs.stop_turns.tolist()
    assert found.kind.tolist() == list(runs.stop_kinds)


def test_every_stop_replays_turn_by_turn(runs: Published):
    rules = PROFILES["published"]
    for start, moves, last, kind in zip(runs.starts, runs.increments, runs.stop_turns, runs.stop_kinds, strict=True):
        assert standing(start, moves[: last - 1], rules=rules) == "continue"
        assert standing(start, moves[:last], rules=rules) == kind


@pytest.mark.parametrize("name", INDICES)
def test_each_index_is_the_published_one(name: str, runs: Published, scores: EpmqBatch):
    np.testing.assert_allclose(getattr(scores, name), runs.indices[name], rtol=0, atol=TOLERANCE)


def test_dimensions_and_epm_q_are_those_of_the_leaderboard(runs: Published, scores: EpmqBatch):
    models, board = np.array(runs.models), leaderboard()
    columns = {"outcome": "outcome", "efficiency": "efficiency", "stability": "stability", "epm_q": "composite"}
    assert set(board) == set(runs.models)
    for model, line in board.items():
        for column, field in columns.items():
            assert getattr(scores, field)[models == model].mean() == pytest.approx(line[column], abs=TOLERANCE)


def test_the_energy_gate_and_the_projection_gate_open_together(runs: Published):
    found = physics(runs.starts, runs.increments, lengths=runs.lengths)
    gap = found.total - found.projection - found.deficit[:, None]
    assert np.nanmax(np.abs(gap)) < 1e-9
