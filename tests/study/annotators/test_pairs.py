"""Kappa of pairs, and the largest disagreements."""

from __future__ import annotations

import pytest

from empa_graph.study.annotators.distances import Measure, distances, kappas

LEVELS = Measure("ordinal", ("low", "medium", "high"))


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
