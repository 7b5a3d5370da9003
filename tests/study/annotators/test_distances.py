"""Distances of values, computed by hand."""

from __future__ import annotations

import pytest

from empa_graph.study.annotators.distances import Measure, Value, apart, distances, kappas, kendall, masi

LEVELS = Measure("ordinal", ("low", "medium", "high"))


@pytest.mark.parametrize(
    ("measure", "one", "other", "far"),
    [
        (Measure("interval", (), 2.0), -1.0, 0.5, 0.75),
        (Measure("interval", (), 27.0), -27.0, 0.0, 1.0),
        (Measure("ordinal", ("low", "medium", "high")), "low", "high", 1.0),
        (Measure("ordinal", (0.0, 1.0, 2.0, 3.0)), 1.0, 2, 1 / 3),
        (Measure("nominal"), "work", "work", 0.0),
        (Measure("nominal"), "work", "crisis", 1.0),
    ],
)
def test_the_distance_is_that_of_its_scale(measure: Measure, one: Value, other: Value, far: float):
    assert apart(measure, one, other) == pytest.approx(far) == apart(measure, other, one)


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("", "", 0.0),
        ("", "a", 1.0),
        ("ab", "ba", 0.0),
        ("a", "ab", 1 - 1 / 2 * 2 / 3),  # one in the other
        ("ab", "bc", 1 - 1 / 3 * 1 / 3),  # they overlap
        ("a", "b", 1.0),
    ],
)
def test_sets_lie_apart_by_masi(one: str, other: str, far: float):
    assert masi(tuple(one), tuple(other)) == pytest.approx(far)


@pytest.mark.parametrize(("other", "far"), [("abc", 0.0), ("acb", 1 / 3), ("bca", 2 / 3), ("cba", 1.0)])
def test_orders_lie_apart_by_the_pairs_that_turn_round(other: str, far: float):
    assert kendall(tuple("abc"), tuple(other)) == pytest.approx(far)


def test_what_a_scale_does_not_have_is_told():
    with pytest.raises(ValueError, match="is no number"):
        apart(Measure("interval"), "low", 1.0)
    with pytest.raises(ValueError, match="is no list of words"):
        apart(Measure("set"), "low", ("low",))
    with pytest.raises(ValueError, match="orders of different words"):
        kendall(("a",), ("b",))


def test_kappa_is_of_each_pair_on_what_both_marked():
    given = {
        "one": {"ewa": "low", "tom": "low"},
        "two": {"ewa": "high", "tom": "medium", "ida": "high"},
        "three": {"ewa": "high"},
    }
    found = {(one.one, one.other): one for one in kappas(LEVELS, given)}
    assert set(found) == {("ewa", "ida"), ("ewa", "tom"), ("ida", "tom")}
    assert found["ewa", "tom"].n == 2 and found["ewa", "ida"].value is None
    # Places (0, 2) and (0, 1): squares 0 and 1, mean 1/2; over all pairs 0, 1, 4, 1, mean 3/2.
    assert found["ewa", "tom"].value == pytest.approx(1 - (1 / 2) / (3 / 2))


def test_disagreements_come_by_size_and_agreement_is_none():
    given = {
        "a": {"ewa": "low", "tom": "medium"},
        "b": {"ewa": "low", "tom": "low", "ida": "high"},
        "c": {"ewa": "low", "tom": "low"},
        "d": {"ewa": "high"},
    }
    assert [(one.conversation, one.size) for one in distances(LEVELS, given)] == [("b", 1.0), ("a", 0.5)]
