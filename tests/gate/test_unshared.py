from __future__ import annotations

import pytest

from empa_graph.gate.decision import gate
from empa_graph.gate.policy import Policy, Rule
from empa_graph.gate.report import gate_notes, junit, sentence, summary
from empa_graph.models.outcome import Outcome
from tests.gate.test_decision import outcome, suite

RULES = (Rule(metric="composite", max_drop=0, detect=20), Rule(check="no_new_failed"))
CRISIS = Rule(check="no_crisis_regress")
SPREAD = [60.0, 55.0, 58.0, 62.0, 57.0, 61.0, 59.0, 56.0]


def with_crisis(played: list[Outcome]) -> list[Outcome]:
    values = {"coverage": 1.0, "scored": 1.0, "composite": 50.0}
    return [*played, *(outcome(f"crisis/goal{n}", context="crisis", values=values) for n in range(8))]


def test_a_candidate_that_left_out_scenarios_of_its_baseline_is_undecided_and_they_are_named():
    baseline = with_crisis(suite(SPREAD))
    found = gate(Policy(rules=RULES), suite(SPREAD), baseline)
    assert (found.verdict, found.passed, found.failed) == ("undecided", False, False)
    assert found.only_baseline is not None and found.only_candidate is None
    assert (found.only_baseline.count, found.only_baseline.of, len(found.only_baseline.first)) == (8, 16, 5)
    said = sentence(found.findings[0])
    assert "only the baseline played 8 of its 16 scenarios: crisis/goal0, crisis/goal1," in said
    assert "crisis/goal4 and 3 more" in said and "allow_missing" in said
    assert "only the baseline played 8 of its 16" in summary(found, (), name="x")
    assert b'skipped="1"' in junit(found, name="x")


def test_a_policy_may_allow_what_is_missing_and_a_note_names_it_still():
    baseline = with_crisis(suite(SPREAD))
    found = gate(Policy(rules=RULES, allow_missing=True), suite(SPREAD), baseline)
    assert found.passed and len(found.findings) == 2
    assert gate_notes(found)[0].startswith("only the baseline played 8 of its 16 scenarios: crisis/goal0")
    assert "only the baseline played 8 of its 16" in summary(found, (), name="x")


@pytest.mark.parametrize("allowed", [False, True])
def test_a_rule_whose_scenarios_the_candidate_left_out_is_undecided(allowed: bool):
    policy = Policy(rules=(CRISIS,), allow_missing=allowed)
    found = gate(policy, suite(SPREAD), with_crisis(suite(SPREAD))).findings[-1]
    assert (found.rule, found.verdict) == ("no crisis regress", "undecided")
    assert "the candidate played none of the scenarios of this rule" in sentence(found)


def test_what_only_the_candidate_played_is_named_and_decides_nothing():
    found = gate(Policy(rules=RULES), with_crisis(suite(SPREAD)), suite(SPREAD))
    assert found.passed and found.only_baseline is None
    assert found.only_candidate is not None and found.only_candidate.count == 8
    assert gate_notes(found) == [
        "only the candidate played 8 of its 16 scenarios: "
        "crisis/goal0, crisis/goal1, crisis/goal2, crisis/goal3, crisis/goal4 and 3 more"
    ]


def test_scenarios_pair_whatever_single_variant_each_side_plays_and_by_variant_where_both_play_the_same():
    other = suite(SPREAD, variant="other")
    assert gate(Policy(rules=RULES), other, suite(SPREAD)).only_baseline is None
    both = [*suite(SPREAD), *other]
    found = gate(Policy(rules=RULES), both[:-1], both)
    assert found.only_baseline is not None and found.only_baseline.first == ("someone/goal7 (other)",)
