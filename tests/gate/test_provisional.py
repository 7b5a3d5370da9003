from __future__ import annotations

from collections.abc import Sequence

import pytest

from empa_graph.gate.decision import gate
from empa_graph.gate.finding import Finding
from empa_graph.gate.policy import Policy, Repeats, Rule
from empa_graph.gate.report import sentence
from empa_graph.models.outcome import Outcome
from tests.gate.test_decision import outcome

FLOOR = Rule(metric="support", floor=0.5)
ALL = "9 of 9 provisional: fewer than 8 replies"


def coded(long: Sequence[float], short: Sequence[float] = ()) -> list[Outcome]:
    """Outcomes with support: first those of long conversations, then those of short ones."""
    values = [*((value, ()) for value in long), *((value, ("support",)) for value in short)]
    return [
        outcome(f"a/{n}", values={"scored": 1.0, "composite": 50.0, "support": value}, provisional=provisional)
        for n, (value, provisional) in enumerate(values)
    ]


def found(rule: Rule, after: list[Outcome], before: list[Outcome] | None = None, *, allowed: bool = False) -> Finding:
    (one,) = gate(Policy(rules=(rule,), allow_provisional=allowed), after, before).findings
    return one


def test_no_rule_rests_on_support_that_is_mostly_of_short_conversations():
    one = found(FLOOR, coded([], [0.83, 0.84, 0.85] * 3))
    assert (one.verdict, one.mean, one.limit) == ("undecided", None, 0.5)
    assert sentence(one) == f"{ALL}; allow_provisional in the policy lets them count"


def test_a_policy_may_let_them_count():
    one = found(FLOOR, coded([], [0.83, 0.84, 0.85] * 3), allowed=True)
    assert (one.verdict, one.mean, one.provisional) == ("pass", pytest.approx(0.84), "")


def test_of_half_and_fewer_the_rest_decides_and_the_finding_says_so():
    one = found(FLOOR, coded([0.6, 0.61, 0.62], [0.1, 0.1, 0.1]))
    assert (one.verdict, one.mean, one.left_out) == ("pass", pytest.approx(0.61), 3)
    assert sentence(one).endswith("3 left out; 3 of 6 provisional: fewer than 8 replies")


@pytest.mark.parametrize("side", ["candidate", "baseline"])
def test_no_change_rests_on_a_side_of_short_conversations(side: str):
    long, short = coded([0.6, 0.61, 0.62] * 3), coded([], [0.6, 0.61, 0.62] * 3)
    sides = (short, long) if side == "candidate" else (long, short)
    one = found(Rule(metric="support", max_drop=0.1), *sides)
    prefix = "" if side == "candidate" else "baseline: "
    assert one.verdict == "undecided" and sentence(one).startswith(f"{prefix}{ALL}")


def test_a_provisional_repeat_leaves_open_what_it_could_change():
    rule = Rule(metric="support", floor=0.5, repeats=Repeats(k=2, n=2))
    first, second = coded([0.6], [0.6])
    one = found(rule, [first, second.model_copy(update={"scenario": first.scenario, "repeat": 1})])
    assert (one.verdict, one.doubtful, one.left_out) == ("undecided", ("a/0 (baseline)",), 1)


def test_other_rules_are_decided_as_ever():
    assert found(Rule(metric="composite", floor=40, by="mean"), coded([], [0.9] * 9)).verdict == "pass"
