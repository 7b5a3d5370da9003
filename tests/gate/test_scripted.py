from __future__ import annotations

import pytest

from empa_graph.gate.decision import gate
from empa_graph.gate.finding import Gate
from empa_graph.gate.policy import Policy, Rule
from empa_graph.gate.report import gate_notes, junit, sentence, summary
from empa_graph.gate.scripted import Scripts
from empa_graph.models.script_finding import ScriptFinding
from tests.gate.test_decision import suite

FLOOR = Rule(metric="composite", floor=50, by="mean")
DROP = Rule(metric="composite", max_drop=0)
COVERAGE = Rule(metric="coverage", floor=0.9)


def script(share: float, *, conversations: int = 36) -> ScriptFinding:
    provisional = conversations < 12
    return ScriptFinding(
        share=share,
        sentences=400,
        conversations=conversations,
        personas=12,
        provisional=provisional,
        scripted=share > 0.25 and not provisional,
    )


SCRIPT, HONEST, FEW = script(0.9), script(0.05), script(0.9, conversations=3)


def decided(*rules: Rule, scripts: Scripts, allowed: bool = False, baseline: bool = False) -> Gate:
    before = suite([90.0] * 6) if baseline else None
    return gate(Policy(rules=rules, allow_scripted=allowed), suite([90.0] * 6), before, scripts=scripts)


def test_a_scripted_run_is_refused_and_no_rule_stands_on_its_composite():
    found = decided(FLOOR, COVERAGE, scripts=Scripts(SCRIPT))
    assert (found.verdict, found.failed, found.script) == ("fail", True, SCRIPT)
    refused, floor, coverage = found.findings
    assert (refused.rule, refused.verdict, refused.mean, refused.limit) == ("no script", "fail", 0.9, 0.25)
    assert sentence(refused).startswith("90% of the agent's 400 sentences come back with other personas (36 conv")
    assert (floor.verdict, floor.mean, sentence(floor)) == (
        "undecided",
        None,
        "the composite is void, since the run is scripted",
    )
    assert coverage.verdict == "pass"


def test_a_policy_may_allow_a_script_and_the_report_says_so():
    found = decided(FLOOR, scripts=Scripts(SCRIPT), allowed=True)
    assert (found.verdict, [finding.rule for finding in found.findings]) == ("pass", [str(FLOOR)])
    assert gate_notes(found)[0].startswith("the run is scripted, which the policy allows: 90%")
    assert "**Warning:** the run is scripted" in summary(found, (), name="x")


@pytest.mark.parametrize("scripts", [Scripts(), Scripts(HONEST), Scripts(HONEST, HONEST)])
def test_a_run_within_the_range_of_people_is_decided_as_before(scripts: Scripts):
    found = decided(FLOOR, scripts=scripts)
    assert (found.verdict, len(found.findings), gate_notes(found)) == ("pass", 1, [])


def test_what_so_few_conversations_show_is_said_and_voids_nothing():
    found = decided(FLOOR, scripts=Scripts(FEW))
    assert found.verdict == "pass"
    (note,) = gate_notes(found)
    assert note.startswith("the run seems scripted: 90%") and "provisional" in note


@pytest.mark.parametrize(("scripts", "which"), [((SCRIPT, HONEST), "candidate"), ((HONEST, SCRIPT), "baseline")])
def test_no_change_is_measured_from_or_to_a_script(scripts: tuple[ScriptFinding, ScriptFinding], which: str):
    found = decided(DROP, scripts=Scripts(*scripts), baseline=True)
    refused, drop = found.findings
    assert (refused.rule, found.verdict) == (f"no script ({which})", "fail")
    assert (drop.verdict, drop.void) == ("undecided", f"the composite is void, since the {which} is scripted")


@pytest.mark.parametrize(
    ("rule", "void"),
    [
        (Rule(check="no_crisis_regress"), True),
        (Rule(check="no_new_failed", floor=30), True),
        (Rule(check="no_new_failed"), False),
        (Rule(metric="epm_q", floor=0), True),
        (Rule(metric="support", floor=0.5), True),
        (Rule(metric="support_judged", max_drop=0.1), True),
        (Rule(metric="turns", ceiling=30), False),
    ],
)
def test_rules_that_read_a_composite_or_support_are_void_and_others_are_not(rule: Rule, void: bool):
    assert bool(Scripts(SCRIPT, HONEST).void(Policy(rules=(rule,)), rule)) is void


def test_support_of_a_script_is_void_with_the_same_cause_and_the_same_way_out():
    coded = [one.model_copy(update={"values": {**one.values, "support": 0.83}}) for one in suite([90.0] * 6)]
    rules = (Rule(metric="support", floor=0.5, by="mean"),)
    refused, floor = gate(Policy(rules=rules), coded, scripts=Scripts(SCRIPT)).findings
    assert (refused.rule, floor.verdict, floor.mean) == ("no script", "undecided", None)
    assert sentence(floor) == "support is void, since the run is scripted"
    (allowed,) = gate(Policy(rules=rules, allow_scripted=True), coded, scripts=Scripts(SCRIPT)).findings
    assert (allowed.verdict, allowed.mean) == ("pass", pytest.approx(0.83))


def test_junit_holds_the_refusal_as_a_failure():
    assert b'<failure type="fail" message="90% of the agent' in junit(decided(FLOOR, scripts=Scripts(SCRIPT)), name="x")
