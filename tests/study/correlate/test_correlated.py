"""`correlate_ratings` gives in Python what `empa correlate` prints."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from empa_graph.cli.listing import fields
from empa_graph.errors import ContentError, NotFoundError
from empa_graph.models.config import RunConfig
from empa_graph.study import Correlated, correlate_ratings, ratings_of
from tests.command import empa
from tests.rated_parts import rated, ratings_file, written


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ratings_file(tmp_path_factory.mktemp("ratings") / "ratings.jsonl", 20)


@pytest.fixture(scope="module")
def found(file: Path) -> Correlated:
    return correlate_ratings(file, gaming=3)


def test_it_says_what_the_command_prints(file: Path, found: Correlated):
    printed = json.loads(empa("correlate", file, "--gaming", 3, "--json").out)
    rows = [
        {"metric": o.metric, "rating": o.rating, **fields(o.found), "left_out": o.left_out} for o in found.agreements
    ]
    assert rows == printed["agreement"] and len(rows) > 5
    assert {name: fields(one) for name, one in found.ceilings.items()} == printed["raters"]
    assert [fields(one) for one in found.curves] == printed["calibration"]
    assert list(found.constant) == printed["constant"]
    wins = [(o.control, o.metric, o.n, o.ties, o.beats.mean) for o in found.gaming]
    assert wins == [(o["control"], o["metric"], o["n"], o["ties"], o["beats"]["value"]) for o in printed["gaming"]]
    assert wins and (found.scored.evaluator, found.scored.rubric) == (printed["evaluator"], printed["rubric"])


def test_the_result_is_frozen_and_names_its_score(found: Correlated):
    with pytest.raises(AttributeError):
        found.metrics = ()  # type: ignore[misc]
    assert found.score == "support" and found.ratings == ("warm",)
    assert all(-1.0 <= one.found.pearson.value <= 1.0 for one in found.agreements if one.found.pearson)


def test_metrics_ratings_and_the_first_lines_are_chosen(file: Path):
    found = correlate_ratings(ratings_of(file, limit=8), metrics=["composite"], names=["warm"], gaming=0)
    assert [(one.metric, one.found.n) for one in found.agreements] == [("composite", 8)] and found.gaming == ()


def test_nobody_but_the_judge_is_made(file: Path):
    config = RunConfig.model_validate({"agent": {"spec": "no_such_module:graph"}})
    found = correlate_ratings(ratings_of(file, limit=4), config, metrics=["composite"], gaming=0)
    assert found.scored.unscored == {} and len(found.scored.rows) == 4


def test_it_goes_on_behind_the_rows_that_are_kept_also_where_a_loop_runs(file: Path, tmp_path: Path):
    few = ratings_of(file, limit=5)
    first = correlate_ratings(few, gaming=0, out_rows=tmp_path / "rows.jsonl")

    async def in_a_notebook() -> Correlated:
        return correlate_ratings(few, gaming=0, out_rows=tmp_path / "rows.jsonl")

    again = asyncio.run(in_a_notebook())
    assert (first.scored.again, again.scored.again) == (0, 5) and again.agreements == first.agreements


def test_bad_input_is_one_line(file: Path, tmp_path: Path):
    with pytest.raises(NotFoundError, match="unknown rating 'warmth'"):
        correlate_ratings(ratings_of(file, limit=2), names=["warmth"], gaming=0)
    with pytest.raises(NotFoundError, match="unknown metric 'compsite'"):
        correlate_ratings(ratings_of(file, limit=2), metrics=["compsite"], gaming=0)
    with pytest.raises(ContentError, match="ratings: this field is missing"):
        bare = {name: part for name, part in rated(0, 0).items() if name != "ratings"}
        correlate_ratings(written(tmp_path / "bare.jsonl", bare))
