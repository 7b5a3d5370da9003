from __future__ import annotations

import pytest

from empa_graph.study.perturb.shifts import PAPER, shift, shifts
from empa_graph.study.perturb.trial import VARIANTS, Pair


def pairs(*values: tuple[str, float | None, float | None]) -> list[Pair]:
    return [
        Pair("flip", "card", name, 1, before, after, "judge_invalid" if before is None or after is None else None)
        for name, before, after in values
    ]


def test_a_shift_counts_every_scenario_once():
    """Scenario a shifts by -1 and -3, b by 0: the mean is (-2 + 0) / 2, not -4 / 3."""
    row = shift("flip", "card", pairs(("a", 1.0, 0.0), ("a", 2.0, -1.0), ("b", 0.5, 0.5)), seed=0)
    assert (row.pairs, row.scenarios, row.shift) == (3, 2, pytest.approx(-1.0))
    assert (row.before, row.after) == (pytest.approx(1.0), pytest.approx(0.0))
    assert (row.decrease, row.tie, row.increase) == (0.5, 0.5, 0.0)
    assert row.low is not None and row.high is not None and row.low <= -1.0 <= row.high


def test_what_rounding_leaves_is_a_tie():
    row = shift("flip", "card", pairs(("a", 0.3, 0.1 + 0.2), ("b", 1.0, 2.0)), seed=0)
    assert (row.tie, row.increase, row.decrease) == (0.5, 0.5, 0.0)


def test_equal_judgements_everywhere_are_no_evidence_of_a_shift():
    row = shift("flip", "card", pairs(("a", 0.3, 0.3), ("b", 1.0, 1.0), ("c", 0.0, 0.0)), seed=0)
    assert (row.shift, row.tie, row.p_value) == (0.0, 1.0, 1.0)


def test_a_clear_shift_has_the_p_value_of_its_sign_flips():
    """Eight scenarios, all lower: 2 of the 2^8 sign patterns are as far from 0."""
    row = shift("flip", "card", pairs(*((name, 1.0 + n, 0.0) for n, name in enumerate("abcdefgh"))), seed=0)
    assert row.p_value == pytest.approx(2 / 256)


def test_missing_pairs_are_counted_by_cause_and_left_out():
    row = shift("flip", "card", pairs(("a", None, 1.0), ("a", 1.0, None), ("b", 1.0, 0.0)), seed=0)
    assert (row.pairs, row.dropped, row.shift) == (1, {"judge_invalid": 2}, -1.0)


def test_without_any_pair_there_is_no_number():
    row = shift("flip", "card", pairs(("a", None, 1.0)), seed=0)
    assert (row.pairs, row.shift, row.decrease, row.p_value) == (0, None, None, None)


def test_hollow_replies_are_summed_up_and_the_two_flips_are_not():
    every = [Pair(kind, name, "a", 1, 1.0, 0.0, None) for kind, names in VARIANTS.items() for name in names]
    rows = shifts(every, seed=0)
    assert [(row.kind, row.variant, row.pairs) for row in rows] == [
        ("flip", "priorities", 1),
        ("flip", "card", 1),
        ("sycophancy", "all", 3),
        ("sycophancy", "pure_empathy", 1),
        ("sycophancy", "self_empowerment", 1),
        ("sycophancy", "jargon", 1),
    ]
    assert PAPER["flip"].decrease == 0.725 and PAPER["sycophancy"].tie == 0.031
