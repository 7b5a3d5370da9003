from __future__ import annotations

from typing import Any
from xml.etree import ElementTree

import pytest

from empa_graph.gate.finding import Finding, Gate
from empa_graph.gate.report import Worst, junit, sentence, summary, worst
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.episode import Episode
from empa_graph.models.latent import LatentState, Step
from tests.records import episode, score

NASTY = 'a|b `x` <script>alert(1)</script> [l](http://e.org) @team #1 \x1b[2J\x00\u202e *b* _i_ :+1:\nnew "line" &amp;'


def gate(*findings: Finding, strict: bool = False) -> Gate:
    verdicts = {finding.verdict for finding in findings}
    verdict: Any = next((v for v in ("fail", "undecided") if v in verdicts), "pass")
    failed = verdict == "fail" or (strict and verdict == "undecided")
    return Gate(policy="p", verdict=verdict, passed=verdict == "pass", failed=failed, findings=findings)


def judged(scenario: str, composite: float | None, *, evidence: str = "Calm down.") -> Episode:
    latent = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(1.0, 0.0), radius=0.3)
    for turn, (move, level) in enumerate(((0.2, 0), (-0.3, 2), (0.1, 0)), start=1):
        item = Item(dimension="calm", progress=0, regress=level, regress_evidence=evidence if level else "")
        latent = latent.extended(
            Step(turn=turn, increment=(move, 0.0), assessment=Assessment(evaluator="cues", items=(item,)))
        )
    unscored = "no turn was judged" if composite is None else None
    given = None if composite is None else score(composite)
    return episode(scenario=scenario, latent=latent, score=given, unscored=unscored)


def test_a_corrected_mean_is_told_beside_the_evaluators_own_in_every_report():
    told = {"mean": 61.0, "low": 55.0, "high": 67.0, "raw": 76.0, "raw_low": 74.0, "raw_high": 78.0, "labelled": 25}
    found = Finding(rule="composite floor 60", verdict="undecided", metric="composite", scenarios=36, **told)
    line = "corrected mean 61 [55, 67] over 36 scenarios, by 25 rated groups; the evaluator's own mean is 76 [74, 78]"
    assert line in sentence(found)
    assert line in ElementTree.fromstring(junit(gate(found), name="x"))[0][0][0].attrib["message"]
    assert "own mean is 76" in summary(gate(found), [], name="x")


def test_the_costliest_turn_stands_with_its_evidence():
    (row,) = worst([judged("a/b", 40.0)])
    assert row == Worst("a/b", 40.0, None, 2, pytest.approx(0.3), "Calm down.")


def test_where_no_turn_led_back_none_cost_anything():
    ahead = LatentState.opening(dimensions=("calm",), start=(0.0,), target=(1.0,), radius=0.3)
    for turn, move in enumerate((0.0, 0.2), start=1):
        ahead = ahead.extended(Step(turn=turn, increment=(move,)))
    (row,) = worst([episode(scenario="a/b", latent=ahead)])
    assert (row.turn, row.cost, row.evidence) == (None, None, "")


def test_the_greatest_drop_leads_and_what_has_no_score_goes_before_it():
    after = [judged("a/b", 40.0), judged("a/c", 30.0), judged("a/d", None)]
    before = [judged("a/b", 80.0), judged("a/c", 31.0), judged("a/d", 50.0)]
    assert [(row.scenario, row.change) for row in worst(after, before)] == [
        ("a/d", None),
        ("a/b", -40.0),
        ("a/c", -1.0),
    ]


def test_without_a_baseline_the_lowest_composite_leads():
    assert [row.scenario for row in worst([judged("a/b", 40.0), judged("a/c", 30.0)])] == ["a/c", "a/b"]


def test_where_composites_are_void_the_costliest_turn_leads_and_none_is_shown():
    dear = judged("a/d", 90.0).latent.model_copy(update={"start": (-1.0, 0.0), "target": (-2.0, 0.0)})
    rows = worst([judged("a/b", 40.0), episode(scenario="a/d", latent=dear)], [judged("a/b", 80.0)], void=True)
    assert {(row.composite, row.change, row.shown) for row in rows} == {(None, None, "void")}
    assert rows[0].cost == max(row.cost or 0.0 for row in rows)
    assert "| void |" in summary(gate(), rows, name="x") and "no score" not in summary(gate(), rows, name="x")


def test_an_undecided_drop_is_said_with_what_would_decide():
    found = Finding(
        rule="composite max drop 0", verdict="undecided", scenarios=36, detectable=4.234, needed=69, alpha=0.05
    )
    assert sentence(found) == "36 scenarios detect a drop of 4.2; about 69 would decide"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"scenarios": 0}, "no scenario has a number"),
        ({"scenarios": 1, "needed": 2}, "1 scenario cannot show a change of any size; about 2 would decide"),
        ({"scenarios": 40, "detectable": 3.0, "needed": 39}, "it lies at the edge"),
        ({"scenarios": 1, "left_out": 2}, "2 left out, without a number"),
        ({"doubtful": ("a/b",)}, "open: a/b"),
    ],
)
def test_every_way_to_be_undecided_has_its_words(fields: dict[str, Any], words: str):
    assert words in sentence(Finding(rule="r", verdict="undecided", **fields))


def test_long_lists_of_scenarios_are_cut_and_counted():
    found = Finding(rule="r", verdict="fail", failing=tuple(f"a/s{n}" for n in range(14)))
    assert sentence(found).endswith("a/s9 and 4 more")


def test_junit_counts_failures_and_skips_what_is_undecided():
    findings = [Finding(rule=v, verdict=v) for v in ("pass", "fail", "undecided")]
    suite = ElementTree.fromstring(junit(gate(*findings), name="agent"))[0]
    assert {key: suite.get(key) for key in ("tests", "failures", "errors", "skipped")} == {
        "tests": "3",
        "failures": "1",
        "errors": "0",
        "skipped": "1",
    }
    assert [case[0].tag for case in suite] == ["system-out", "failure", "skipped"]


def test_what_is_undecided_fails_where_the_policy_says_so():
    suite = ElementTree.fromstring(junit(gate(Finding(rule="r", verdict="undecided"), strict=True), name="agent"))[0]
    assert (suite.get("failures"), suite[0][0].get("type")) == ("1", "undecided")


def test_names_that_xml_forbids_are_cleaned():
    found = gate(Finding(rule=NASTY, verdict="fail", failing=(NASTY,)))
    suite = ElementTree.fromstring(junit(found, name=NASTY + "\ud83d\ufffe"))[0]
    assert "<script>" in str(suite[0].get("name"))
    assert "\x1b" not in str(suite[0].get("name"))


def test_markdown_and_html_in_what_was_said_stay_text():
    text = summary(gate(Finding(rule=NASTY, verdict="pass")), worst([judged("a/b", 40.0, evidence=NASTY)]), name=NASTY)
    row = next(line for line in text.splitlines() if line.startswith("| a/b"))
    assert row.count("|") == 7
    evidence = row.partition("<code>")[2].partition("</code>")[0]
    assert not set(evidence) & set('|`<>[]@*_:!"\x1b\u202e')
    assert "<script" not in text and "@team" not in text and "](" not in text


def test_the_summary_leads_with_the_verdict_and_lists_the_worst_first():
    rows = worst([judged(f"a/s{n}", float(n)) for n in range(12)])
    text = summary(gate(Finding(rule="r", verdict="fail")), rows, name="agent")
    assert text.startswith("## Gate agent: failed\n")
    assert text.index("a/s0 ") < text.index("a/s1 ")
    assert "and 2 more scenarios." in text


@pytest.mark.parametrize(("strict", "words"), [(False, "undecided"), (True, "undecided, which the policy fails")])
def test_an_undecided_gate_carries_a_warning_and_never_reads_passed(strict: bool, words: str):
    text = summary(gate(Finding(rule="r", verdict="undecided"), strict=strict), (), name="agent")
    assert text.startswith(f"## Gate agent: {words}\n")
    assert "**Warning:** the data cannot decide" in text
    assert "passed" not in text


def test_a_warning_passes_in_junit_and_says_so() -> None:
    finding = Finding(rule="simulator_failures ceiling 0.1", verdict="fail", warns=True, mean=0.4, scenarios=1)
    found = Gate(policy="p", verdict="pass", passed=True, failed=False, findings=(finding,))
    written = junit(found, name="run").decode()
    assert 'failures="0"' in written and "warning: mean 0.4" in written
    assert "| warning |" in summary(found, (), name="run")
