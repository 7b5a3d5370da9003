from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from scipy import stats

from empa_graph.models.behaviour import AXES, Behaviour
from empa_graph.models.judge_check import Measure
from empa_graph.study.check_judge.cases import drawn
from empa_graph.study.check_judge.measures import (
    Coded,
    _Bounds,
    _outcome,
    _partial,
    _ranks,
    _wilson,
    agreements,
    measures,
    net,
    support,
    verdict,
)

CASES = drawn(16, seed=3)


def test_the_signed_sums() -> None:
    codes: dict[Behaviour, float] = {"understanding": 3, "affirming": 2, "advising": 1, "passing_danger": 4}
    assert (net(codes), support(codes)) == (3 + 2 - 1 - 4, 3 - 1)


@pytest.mark.parametrize(
    ("bounds", "outcome"),
    [
        ((0.5, 0.9), "passes"),
        ((0.4, 0.9), "open"),
        ((0.1, 0.49), "fails"),
        ((0.9, 1.2), "open"),
        ((1.1, 1.2), "fails"),
        ((None, None), "open"),
    ],
)
def test_an_interval_passes_whole_fails_whole_or_is_open(
    bounds: tuple[float | None, float | None], outcome: str
) -> None:
    assert _outcome(_Bounds(*bounds), (0.5, 1.0)) == outcome


@pytest.mark.parametrize(
    ("outcomes", "found"),
    [(("passes", "passes"), "fit"), (("passes", "open"), "undecided"), (("open", "fails"), "unfit")],
)
def test_the_verdict_is_the_worst_outcome(outcomes: tuple[str, str], found: str) -> None:
    rows = [
        Measure.model_validate(
            {"name": "order", "value": 0.5, "low": 0.4, "high": 0.6, "n": 3, "needed": "", "outcome": outcome}
        )
        for outcome in outcomes
    ]
    assert verdict(rows) == found


def test_ranks_and_wilsons_interval_are_those_of_scipy() -> None:
    values = np.array([3.0, 1, 1, 2, 3, 3])
    assert list(_ranks(values)) == list(stats.rankdata(values))
    for count, n in ((0, 40), (3, 40), (40, 40), (1, 1)):
        wanted = stats.binomtest(count, n).proportion_ci(method="wilson")
        assert _wilson(count, n) == pytest.approx((wanted.low, wanted.high), abs=1e-12)


def test_the_partial_correlation_with_length() -> None:
    words, authored = np.arange(1.0, 9.0), np.array([1.0, 1, 0, 0, 1, 1, 0, 0])
    assert _partial(authored, words, authored) == 0.0
    assert _partial(words, words, authored) == pytest.approx(1.0)
    assert _partial(-words, words, authored) == pytest.approx(-1.0)
    assert _partial(np.ones(8), words, authored) is None


def test_kappa_of_each_behaviour_is_that_of_its_own_codes() -> None:
    plain = [case for case in CASES if case.probe == "plain"]
    mixed = [Coded(case, {**case.judged[0].codes, "validating": 0}) for case in plain]
    found = {row.behaviour: row for row in agreements(mixed, seed=0)}
    assert (found["dismissing"].kappa, found["validating"].kappa) == (1.0, 0.0)
    assert found["validating"].shown == sum(case.judged[0].codes.get("validating", 0) > 0 for case in plain)
    assert found["inciting"].kappa is None


@settings(max_examples=20, deadline=None)
@given(st.data())
def test_no_codes_at_all_raise_and_every_figure_lies_in_its_range(data: st.DataObject) -> None:
    strengths = st.dictionaries(st.sampled_from(list(AXES)), st.integers(0, 4).map(float))
    coded = [Coded(case, data.draw(strengths)) for case in CASES[: data.draw(st.integers(0, len(CASES)))]]
    for row in measures(coded, data.draw(st.integers(0, 3)), seed=0):
        if row.value is not None and row.name in ("order", "obedience", "missing"):
            assert 0.0 <= row.value <= 1.0
        if row.value is not None and row.low is not None and row.name in ("obedience", "missing"):
            assert row.high is not None and row.low <= row.value <= row.high
