from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from empa_graph.errors import NotFoundError
from empa_graph.study.correlate.agreement import (
    Pair,
    agreements,
    ceilings,
    curves,
    gaming,
    leading,
    metric_names,
    rating_names,
)
from empa_graph.study.correlate.rated import rated_lines
from empa_graph.study.correlate.scoring import Row

SAID = [{"role": "user", "content": "Hello."}, {"role": "assistant", "content": "Hello."}]


def pairs(values: Sequence[float | None], ratings: Sequence[object], *, group: str | None = None) -> list[Pair]:
    lines = [
        json.dumps({"id": str(n), "messages": SAID, "ratings": {"warm": rating}} | ({"group": group} if group else {}))
        for n, rating in enumerate(ratings)
    ]
    rated = rated_lines(line.encode() for line in lines).rows
    return [Pair(one, row(n, value)) for n, (one, value) in enumerate(zip(rated, values, strict=True))]


def row(place: int, value: float | None, **figures: float) -> Row:
    if value is None:
        return Row(key=str(place), id=str(place), turn=None, figures={}, unscored="judge_invalid: prose, at length")
    return Row(
        key=str(place), id=str(place), turn=None, figures={"composite": value, "length": 4.0 + place % 3} | figures
    )


def test_a_metric_is_held_against_the_mean_of_the_raters():
    (found,) = agreements(pairs([1, 2, 4, 5], [[2, None], [0, 2], [5], [3, 5]]), ["composite"], ["warm"], seed=0)
    assert found.found.pearson and found.found.pearson.value == pytest.approx(0.8)
    assert (found.found.n, found.left_out) == (4, {})
    assert found.found.partial is not None


def test_what_is_left_out_is_counted_by_cause():
    data = pairs([1, 2, 3, 4, None, 5, 6], [1, 2, 3, 5, 4, None, []])
    data.append(Pair(data[0].rated, None))
    (found,) = agreements(data, ["composite"], ["warm"], seed=0)
    assert found.found.n == 4
    assert found.left_out == {"not rated": 2, "judge_invalid": 1, "not scored yet": 1}
    (none,) = agreements(data, ["support"], ["warm"], seed=0)
    assert none.left_out["no support"] == 4 and none.found.pearson is None


def test_the_length_is_not_held_against_itself():
    by_length, plain = agreements(pairs([1, 2, 4, 5], [2, 1, 5, 4]), ["length", "composite"], ["warm"], seed=0)
    assert by_length.found.partial is None and plain.found.partial is not None


def test_one_group_says_that_it_is_too_few():
    (found,) = agreements(pairs([1, 2, 4, 5], [2, 1, 5, 4], group="Ann"), ["composite"], ["warm"], seed=0)
    assert found.found.reason == "1 groups, at least 4 are needed"


def test_names_are_those_of_the_rows_the_score_first_and_the_length_last():
    rows = [row(0, 1.0, **{"code.validating": 0.1, "impact": 0.2}), row(1, 1.0, support=0.3), row(2, None)]
    assert metric_names(rows, ()) == ("support", "composite", "impact", "length")
    assert metric_names(rows, ("code.*", "length")) == ("code.validating", "length")
    assert metric_names(rows, ("felt",), known=("felt",)) == ()
    assert (leading(["impact", "composite"]), leading(["impact"])) == ("composite", "impact")
    with pytest.raises(NotFoundError, match=r"--metric: unknown metric 'composit'\. Did you mean 'composite'\?"):
        metric_names(rows, ("composit",))


def test_ceilings_and_tenths_are_by_rating():
    data = pairs([1, 2, 4, 5, 6], [[1, 2], [2, 2], [3, 4], [5, None], [5, 5]])
    assert rating_names([one.rated for one in data]) == ("warm",)
    found = ceilings([one.rated for one in data], ["warm", "felt"], seed=0)
    assert (found["warm"].n, found["warm"].raters, found["felt"].n) == (4, 2, 0)
    (curve,) = curves(data, ["composite", "support"], ["warm"], seed=0)
    assert (curve.metric, sum(part.n for part in curve.bins)) == ("composite", 5)


def test_a_control_beats_with_more_and_a_tie_is_no_win():
    data = pairs([1, 2, 3, 4, None], [1, 2, 3, 4, 5])
    played = {"generic": {0: row(0, 5.0), 1: row(1, 2.0), 2: row(2, 1.0), 4: row(4, 1.0)}}
    (found,) = gaming(data, played, ["composite", "support"], seed=0)
    assert (found.control, found.n, found.beats.mean, found.ties) == ("generic", 3, pytest.approx(1 / 3), 1 / 3)
    assert (found.control_mean, found.rated_mean) == (pytest.approx(8 / 3), 2.0)
