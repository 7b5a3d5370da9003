from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from empa_graph.errors import UsageError
from empa_graph.gate.decision import gate, share
from empa_graph.gate.finding import Finding
from empa_graph.gate.policy import DEFAULT, Policy, Repeats, Rule, Slice
from empa_graph.gate.report import sentence
from empa_graph.models.outcome import Outcome
from empa_graph.scoring.correction import Residual


def outcome(scenario: str = "someone/goal", composite: float | None = 50.0, **changes: Any) -> Outcome:
    given = {} if composite is None else {"composite": composite}
    fields: dict[str, Any] = {
        "scenario": scenario,
        "variant": "baseline",
        "repeat": 0,
        "context": "work",
        "threshold": "low",
        "dimensions": ("calm",),
        "values": {"coverage": 1.0, "scored": float(composite is not None), **given},
        "failed": None if composite is not None else "judge_invalid",
        "blame": None if composite is not None else "evaluator",
    }
    return Outcome(**{**fields, **changes})


def suite(composites: Sequence[float], **changes: Any) -> list[Outcome]:
    return [outcome(f"someone/goal{n}", value, **changes) for n, value in enumerate(composites)]


def finding(rule: Rule, candidate: Sequence[Outcome], baseline: Sequence[Outcome] | None = None) -> Finding:
    (found,) = gate(Policy(rules=(rule,)), candidate, baseline).findings
    return found


def spread(mean: float, sd: float, n: int = 36, seed: int = 1) -> list[float]:
    values = np.random.default_rng(seed).normal(0.0, 1.0, n)
    return list(mean + sd * (values - values.mean()) / values.std(ddof=1))


DROP = Rule(metric="composite", max_drop=0)


@pytest.mark.parametrize(
    ("mean", "verdict"), [(70.0, "pass"), (60.5, "undecided"), (59.5, "undecided"), (50.0, "fail")]
)
def test_a_floor_is_held_against_the_interval_of_the_mean(mean: float, verdict: str):
    found = finding(Rule(metric="composite", floor=60), suite(spread(mean, 10)))
    assert found.verdict == verdict
    assert found.mean == pytest.approx(mean)
    assert found.scenarios == 36


TOO_KIND = Residual(mean=-15.0, sd=10.0, n=25)
"""People say 15 less, with a standard error of 2."""


@pytest.mark.parametrize(
    ("mean", "verdict"), [(90.0, "pass"), (76.0, "undecided"), (74.0, "undecided"), (60.0, "fail")]
)
def test_a_floor_is_held_against_the_mean_that_people_correct(mean: float, verdict: str):
    policy = Policy(rules=(Rule(metric="composite", floor=60),))
    (found,) = gate(policy, suite(spread(mean, 9)), people={"composite": TOO_KIND}).findings
    assert (found.verdict, found.mean, found.raw, found.labelled) == (
        verdict,
        pytest.approx(mean - 15),
        pytest.approx(mean),
        25,
    )
    assert found.low is not None and found.high is not None and found.raw_low is not None and found.raw_high is not None
    # Variances add up: 9 / 6 and 10 / 5 make 2.5.
    assert (found.high - found.low) / 2 == pytest.approx(2.5 * 2.0, abs=0.15)
    assert (found.raw_high - found.raw_low) / 2 == pytest.approx(1.5 * 2.0, abs=0.25)
    assert f"the evaluator's own mean is {mean:.4g}" in sentence(found) and "by 25 rated groups" in sentence(found)


def test_more_scenarios_do_not_decide_what_few_ratings_leave_open():
    policy = Policy(rules=(Rule(metric="composite", floor=60),))
    (near,) = gate(policy, suite(spread(76.0, 9)), people={"composite": TOO_KIND}).findings
    assert (near.verdict, near.needed) == ("undecided", None)
    assert "more of them alone would not decide" in sentence(near)
    many = TOO_KIND._replace(n=2500)
    (found,) = gate(policy, suite(spread(76.0, 9)), people={"composite": many}).findings
    (plain,) = gate(policy, suite(spread(61.0, 9))).findings
    assert found.needed is not None and plain.needed is not None and found.needed > plain.needed


def test_what_looks_at_single_episodes_or_at_changes_is_not_corrected():
    rules = (
        Rule(metric="composite", floor=60, repeats=Repeats(k=1, n=1)),
        Rule(metric="alignment_index", floor=0.5, by="mean"),
        DROP,
    )
    played = [
        one.model_copy(update={"values": one.values | {"alignment_index": 0.6}}) for one in suite(spread(70.0, 1))
    ]
    found = gate(Policy(rules=rules), played, played, people={"composite": TOO_KIND}).findings
    assert [(one.raw, one.verdict) for one in found[:2]] == [(None, "pass"), (None, "pass")]
    assert (found[2].change, found[2].raw) == (0.0, None)


def test_a_corrected_mean_stays_in_its_range_and_one_scenario_has_no_interval():
    rule = Rule(metric="composite", floor=10, by="mean")
    (found,) = gate(Policy(rules=(rule,)), [outcome()], people={"composite": Residual(60.0, 1.0, 9)}).findings
    assert (found.mean, found.low, found.raw, found.raw_low) == (100.0, None, 50.0, None)


@pytest.mark.parametrize(("mean", "verdict"), [(60.5, "pass"), (59.5, "fail")])
def test_a_floor_by_the_mean_is_always_decided(mean: float, verdict: str):
    assert finding(Rule(metric="composite", floor=60, by="mean"), suite(spread(mean, 10))).verdict == verdict


@pytest.mark.parametrize(("mean", "verdict"), [(50.0, "pass"), (70.0, "fail")])
def test_a_ceiling_is_a_floor_upside_down(mean: float, verdict: str):
    assert finding(Rule(metric="composite", ceiling=60), suite(spread(mean, 10))).verdict == verdict


def test_an_undecided_floor_says_how_many_scenarios_would_decide():
    found = finding(Rule(metric="composite", floor=60), suite(spread(61, 10)))
    # A mean one off, a spread of 10: (1.96 + 0.84)^2 * 100 = 785 scenarios.
    assert found.needed == pytest.approx(787, abs=4)
    assert found.detectable == pytest.approx(4.8, abs=0.1)


def test_one_scenario_decides_no_floor_of_an_estimate():
    found = finding(Rule(metric="composite", floor=60), [outcome(composite=90)])
    assert (found.verdict, found.low, found.needed) == ("undecided", None, None)


def test_coverage_is_counted_over_every_planned_episode():
    values = {"coverage": 0.5, "scored": 0.0}
    chosen = [outcome("a/b"), outcome("a/c", None, values=values)]
    found = finding(Rule(metric="coverage", floor=0.8), chosen)
    assert (found.verdict, found.mean, found.left_out) == ("fail", 0.75, 0)


def test_an_episode_without_a_score_is_left_out_and_counted_never_zero():
    found = finding(Rule(metric="composite", floor=60, by="mean"), [*suite([70, 80]), outcome("a/b", None)])
    assert (found.verdict, found.mean, found.left_out) == ("pass", 75.0, 1)


@pytest.mark.parametrize(("drop", "verdict"), [(-3.0, "pass"), (0.0, "pass"), (2.5, "undecided"), (8.0, "fail")])
def test_a_drop_fails_when_shown_and_passes_when_excluded(drop: float, verdict: str):
    before = np.array(spread(60, 10))
    after = before - np.array(spread(drop, 10, seed=2))
    found = finding(DROP, suite(list(after)), suite(list(before)))
    assert found.verdict == verdict
    assert found.change == pytest.approx(-drop)


def test_a_drop_within_what_is_allowed_does_not_fail():
    before = np.array(spread(60, 10))
    after = before - np.array(spread(8.0, 3.0, seed=2))
    allowed = Rule(metric="composite", max_drop=10)
    assert finding(DROP, suite(list(after)), suite(list(before))).verdict == "fail"
    assert finding(allowed, suite(list(after)), suite(list(before))).verdict == "pass"


def test_a_rise_is_a_drop_upside_down():
    before = np.array(spread(60, 10))
    after = before + np.array(spread(8.0, 3.0, seed=2))
    assert finding(Rule(metric="composite", max_rise=0), suite(list(after)), suite(list(before))).verdict == "fail"
    assert finding(DROP, suite(list(after)), suite(list(before))).verdict == "pass"


def test_an_undecided_drop_says_what_is_detected_and_how_many_scenarios_would_decide():
    before = np.array(spread(60, 10))
    found = finding(DROP, suite(list(before - np.array(spread(2.5, 10, seed=2)))), suite(list(before)))
    assert found.verdict == "undecided"
    # (1.645 + 0.842) * 10 / sqrt(36), a little more for the t distribution; (2.487 * 10 / 2.5)^2 = 99 scenarios.
    assert found.detectable == pytest.approx(4.23, abs=0.02)
    assert found.needed == pytest.approx(101, abs=2)


@pytest.mark.parametrize("before", [[90, 80, 95, 85], [80, 70, 0, 0, 85, 61.4]])
def test_a_total_collapse_of_few_scenarios_fails_by_a_t_test(before: list[float]):
    found = finding(DROP, suite([0.0] * len(before)), suite(before))
    assert (found.verdict, found.test) == ("fail", "t-test")
    assert f"(t-test, level 0.05) over {len(before)} scenarios" in sentence(found)


def test_one_scenario_can_show_no_drop():
    found = finding(DROP, suite([10]), suite([90]))
    assert (found.verdict, found.test, found.detectable, found.needed) == ("undecided", None, None, None)


def test_the_test_of_many_scenarios_flips_their_signs_and_is_named():
    found = finding(DROP, suite([10] * 6), suite(spread(50, 1, 6)))
    assert "p 0.016 (sign flips, level 0.05) over 6 scenarios" in sentence(found)


def test_repeats_are_averaged_within_their_scenario():
    before = suite([60, 62, 64, 66, 68])
    after = [*suite([50, 52, 54, 56, 58]), *suite([60, 62, 64, 66, 68], repeat=1)]
    found = finding(DROP, after, before)
    assert (found.change, found.scenarios) == (-5.0, 5)


def test_a_pair_without_a_number_is_left_out_and_counted():
    before = suite([60, 62, 64, 66, 68, 70])
    after = [*suite([60, 62, 64, 66, 68]), outcome("someone/goal5", None)]
    found = finding(DROP, after, before)
    assert (found.scenarios, found.left_out) == (5, 1)


def test_runs_of_one_variant_each_are_paired_by_scenario():
    found = finding(DROP, suite([10] * 6, variant="aligned"), suite(spread(50, 1, 6)))
    assert (found.verdict, found.scenarios) == ("fail", 6)


def test_runs_of_several_variants_that_differ_are_refused():
    after = [*suite([1]), *suite([2], variant="aligned")]
    with pytest.raises(UsageError, match=r"the variants differ \(baseline against aligned, baseline\)"):
        finding(DROP, after, suite([1]))


def test_the_level_is_shared_among_the_paired_tests():
    assert share(DEFAULT) == pytest.approx(0.05 / 3)
    assert share(Policy(rules=(Rule(metric="composite", floor=3),))) == 0.05


TWO_OF_THREE = Rule(metric="composite", floor=50, repeats=Repeats(k=2, n=3))


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ([60, 60, 10], "pass"),
        ([60, 10, 10], "fail"),
        ([60, None, 10], "undecided"),
        ([60, 60, None], "pass"),
        ([10, 10, None], "fail"),
    ],
)
def test_k_of_n_repeats_keep_the_limit_and_a_missing_one_keeps_it_open(values: list[float | None], verdict: str):
    found = finding(TWO_OF_THREE, [outcome(composite=value, repeat=n) for n, value in enumerate(values)])
    assert found.verdict == verdict
    assert found.failing + found.doubtful == (() if verdict == "pass" else ("someone/goal (baseline)",))


def test_fewer_repeats_than_n_are_refused():
    with pytest.raises(UsageError, match=r"n is 3, and someone/goal is planned 1 times"):
        finding(TWO_OF_THREE, [outcome()])


@pytest.mark.parametrize(("blame", "verdict"), [("empathic", "fail"), ("evaluator", "undecided"), ("us", "undecided")])
def test_only_a_failure_of_the_agent_is_a_new_failed_scenario(blame: str, verdict: str):
    found = finding(Rule(check="no_new_failed"), [outcome(composite=None, blame=blame)], [outcome()])
    assert found.verdict == verdict


def test_a_scenario_that_had_failed_before_is_not_new():
    failed = outcome(composite=None, blame="empathic")
    assert finding(Rule(check="no_new_failed"), [failed], [failed]).verdict == "pass"


def test_a_scenario_below_the_floor_has_failed_too():
    rule = Rule(check="no_new_failed", floor=40)
    found = finding(rule, suite([30, 60, 30]), suite([50, 60, 35]))
    assert (found.verdict, found.failing) == ("fail", ("someone/goal0 (baseline)",))


def crisis(composite: float, regress: float) -> list[Outcome]:
    return [
        outcome(f"a/goal{n}", values={"composite": composite + n, "regress_level": regress + n / 10}, context="crisis")
        for n in range(6)
    ]


@pytest.mark.parametrize(
    ("after", "verdict", "told"),
    [((60, 0.5), "pass", "composite"), ((40, 0.5), "fail", "composite"), ((60, 1.5), "fail", "regress_level")],
)
def test_a_crisis_scenario_may_neither_score_lower_nor_regress_more(after, verdict: str, told: str):
    work = [outcome("b/work", 0.0)]
    found = finding(Rule(check="no_crisis_regress"), [*crisis(*after), *work], [*crisis(60, 0.5), *work])
    assert (found.verdict, found.scenarios) == (verdict, 6)
    assert found.rule == f"no crisis regress: {told}"


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (Rule(metric="composite", floor=1, slice=Slice(persona="sombody")), "unknown persona 'sombody'. Did you mean"),
        (Rule(metric="composite", floor=1, slice=Slice(variant="base")), "Did you mean 'baseline'?"),
        (Rule(metric="composite", floor=1, slice=Slice(context="crisis")), "no episode of the run lies in this slice"),
        (
            Rule(metric="movement", floor=0, slice=Slice(dimension="clam")),
            "unknown dimension 'clam'. Did you mean 'calm'?",
        ),
        (Rule(metric="epm_q", floor=1), "the run has no epm_q; it has composite, coverage, scored"),
        (Rule(metric="composite", max_drop=1), "needs a baseline: empa gate BASELINE CANDIDATE"),
        (Rule(check="no_crisis_regress"), "no episode of the run lies in this slice"),
    ],
)
def test_a_rule_that_the_run_cannot_answer_is_one_line_naming_it(rule: Rule, line: str):
    with pytest.raises(UsageError, match=r"^gate\.yaml: rule 1 [^\n]+$") as error:
        gate(
            Policy(rules=(rule,)),
            [outcome("somebody/goal")],
            None if "base" in line else [outcome()],
            where="gate.yaml",
        )
    assert line in str(error.value)


def test_a_slice_by_context_needs_the_context():
    rule = Rule(metric="composite", floor=1, slice=Slice(context="work"))
    with pytest.raises(UsageError, match="the context of some scenarios is not known; give their --personas FOLDER"):
        finding(rule, [outcome(context=None)])


def test_a_slice_leaves_the_rest_out():
    rule = Rule(metric="composite", floor=60, by="mean", slice=Slice(threshold="high"))
    assert finding(rule, [outcome("a/b", 10), outcome("a/c", 70, threshold="high")]).mean == 70.0


@pytest.mark.parametrize(("undecided", "failed"), [("report", False), ("fail", True)])
def test_what_is_undecided_never_passes_and_fails_by_policy(undecided: Any, failed: bool):
    policy = Policy(rules=(Rule(metric="composite", floor=60),), undecided=undecided)
    found = gate(policy, [outcome()])
    assert (found.verdict, found.passed, found.failed) == ("undecided", False, failed)


def test_one_failing_rule_fails_the_gate():
    rules = (Rule(metric="composite", floor=60, by="mean"), Rule(metric="coverage", floor=0.5))
    found = gate(Policy(rules=rules), [outcome()])
    assert (found.verdict, found.passed, found.failed) == ("fail", False, True)
    assert [f.verdict for f in found.findings] == ["fail", "pass"]


def test_a_rule_that_only_warns_neither_fails_the_gate_nor_leaves_it_open() -> None:
    worse = [outcome(values={"composite": 50.0, "coverage": 1.0, "scored": 1.0, "simulator_failures": 0.4})]
    warning = Rule(metric="simulator_failures", ceiling=0.1, warn=True)
    open_one = Rule(metric="composite", floor=50.0, warn=True)
    found = gate(Policy(rules=(Rule(metric="coverage", floor=0.9), warning, open_one)), worse)
    assert (found.verdict, found.passed, found.failed) == ("pass", True, False)
    assert [finding.word for finding in found.findings] == ["pass", "warning", "undecided"]
    assert gate(Policy(rules=(warning.model_copy(update={"warn": False}),)), worse).failed


FLOORED = "the baseline lies at the floor: a drop cannot show"


@pytest.mark.parametrize("n", [1, 6, 36])
def test_a_baseline_at_the_floor_lets_no_candidate_pass_that_stays_there(n: int):
    found = finding(DROP, suite([0.0] * n), suite([0.0] * n))
    assert (found.verdict, found.floored) == ("undecided", FLOORED)
    assert sentence(found).startswith(f"{FLOORED}; 0 to 0, change +0")


def test_a_candidate_that_is_shown_to_have_left_the_floor_passes_and_a_little_of_it_does_not():
    assert finding(DROP, suite(spread(40, 5)), suite([0.0] * 36)).verdict == "pass"
    found = finding(DROP, suite([0.0] * 35 + [3.0]), suite([0.0] * 36))
    assert (found.verdict, found.floored) == ("undecided", FLOORED)


def test_a_baseline_nearly_at_the_floor_has_no_room_for_the_drop_to_be_detected_but_a_smaller_one_still_fails():
    near = [2.0, 4.0] * 18
    found = finding(DROP, suite(near), suite(near))
    assert (found.verdict, found.floored) == (
        "undecided",
        "the baseline lies 3 above the floor: a drop of 5 cannot show",
    )
    assert finding(DROP, suite([0.0] * 36), suite(near)).verdict == "fail"
    assert finding(DROP.model_copy(update={"detect": 2.0}), suite(near), suite(near)).verdict == "pass"


def test_a_rise_from_the_ceiling_cannot_show():
    rise = Rule(metric="simulator_failures", max_rise=0)
    values = {"coverage": 1.0, "scored": 1.0, "simulator_failures": 1.0, "composite": 50.0}
    found = finding(rise, suite([50] * 8, values=values), suite([50] * 8, values=values))
    assert found.verdict == "undecided" and "lies at the ceiling: a rise cannot show" in sentence(found)


def test_a_crisis_at_the_floor_is_undecided_unless_its_regress_rose():
    def crisis(regress: float) -> list[Outcome]:
        values = {"coverage": 1.0, "scored": 1.0, "composite": 0.0}
        return [
            outcome(f"crisis/goal{n}", context="crisis", values={**values, "regress_level": regress + 0.01 * n})
            for n in range(8)
        ]

    rule = Rule(check="no_crisis_regress")
    assert sentence(finding(rule, crisis(0.5), crisis(0.5))).startswith(FLOORED)
    assert finding(rule, crisis(2.5), crisis(0.5)).verdict == "fail"


def test_the_interval_of_a_change_is_cut_to_what_the_range_allows_and_kept_where_there_is_none():
    before, after = [0.0, 10.0, 0.0], [100.0, 70.0, 100.0]
    rise, fall = finding(DROP, suite(after), suite(before)), finding(DROP, suite(before), suite(after))
    assert (rise.change, rise.high) == (pytest.approx(260 / 3), 100.0) and rise.low is not None and rise.low < 50
    assert (fall.change, fall.low) == (pytest.approx(-260 / 3), -100.0)
    moved = [suite([50.0] * 3), suite([50.0] * 3)]
    for side, values in zip(moved, (before, after), strict=True):
        side[:] = [
            one.model_copy(update={"values": {**one.values, "movement": value}})
            for one, value in zip(side, values, strict=True)
        ]
    free = finding(Rule(metric="movement", max_drop=0), moved[1], moved[0])
    assert free.high is not None and free.high > 140


@pytest.mark.parametrize(("value", "limit"), [(0.0, 60.0), (100.0, 60.0)])
def test_a_few_equal_values_decide_nothing_by_their_interval_and_the_finding_says_why(value: float, limit: float):
    found = finding(Rule(metric="composite", floor=limit), suite([value] * 3))
    assert (found.verdict, found.low, found.high, found.needed) == ("undecided", None, None, 10)
    assert sentence(found) == (
        f"fewer than 10 equal values bound no mean; mean {value:.4g} (no interval: 3 equal values) over 3 scenarios"
    )


def test_a_few_equal_values_decide_a_rule_on_the_mean_alone():
    found = finding(Rule(metric="composite", floor=60, by="mean"), suite([0.0] * 3))
    assert (found.verdict, "mean 0 (no interval: 3 equal values)" in sentence(found)) == ("fail", True)


def test_ten_equal_values_are_enough():
    assert finding(Rule(metric="composite", floor=60), suite([0.0] * 10)).verdict == "fail"


@pytest.mark.parametrize("after", [0.0, 50.0, 100.0])
def test_a_few_equal_changes_bound_nothing_and_the_finding_says_so(after: float):
    found = finding(DROP, suite([after] * 2), suite([50.0] * 2))
    assert (found.verdict, found.needed) == ("undecided", 5)
    assert sentence(found).startswith("fewer than 5 equal changes bound nothing; 50 to ")
    assert "(no interval: 2 equal values); p " in sentence(found)


@pytest.mark.parametrize(("after", "verdict"), [(45.0, "fail"), (50.0, "pass")])
def test_equal_changes_decide_where_sign_flips_can(after: float, verdict: str):
    found = finding(DROP, suite([after] * 5), suite([50.0] * 5))
    assert (found.verdict, found.test) == (verdict, "sign flips")


def test_a_run_beside_itself_still_passes_and_says_that_the_changes_are_equal():
    found = finding(DROP, suite([40.0, 60.0, 80.0]), suite([40.0, 60.0, 80.0]))
    assert (found.verdict, "(no interval: 3 equal values)" in sentence(found)) == ("pass", True)
