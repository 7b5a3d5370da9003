from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from empa_graph.content.loading import load_model
from empa_graph.errors import ContentError
from empa_graph.gate.policy import DEFAULT, Policy, Repeats, Rule, Slice


def refused(tmp_path: Path, text: str) -> str:
    """Return the one line that a policy of these rules is refused with."""
    path = tmp_path / "gate.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"^[^\n]+$") as error:
        load_model(path, Policy)
    return str(error.value)


def test_a_policy_reads_as_it_is_written(tmp_path: Path):
    path = tmp_path / "gate.yaml"
    path.write_text(
        "undecided: fail\nrules:\n  - {metric: composite, floor: 40, repeats: {k: 2, n: 3}}\n"
        "  - {metric: regress_level, max_rise: 0, slice: {dimension: calm, context: crisis}}\n",
        encoding="utf-8",
    )
    policy = load_model(path, Policy)
    assert [str(rule) for rule in policy.rules] == [
        "composite floor 40 in 2 of 3 repeats",
        "regress_level max rise 0 (context crisis, dimension calm)",
    ]
    assert [rule.kind for rule in policy.rules] == ["floor", "max_rise"]


@pytest.mark.parametrize(
    ("rules", "line"),
    [
        ("[{metric: composit, floor: 1}]", "unknown metric 'composit'. Did you mean 'composite'?"),
        ("[{check: no_new_fail}]", "unknown check 'no_new_fail'. Did you mean 'no_new_failed'?"),
        ("[{metric: composite, floor: 1, slice: {context: crisi}}]", "unknown context 'crisi'. Did you mean 'crisis'?"),
        ("[{metric: composite, floor: 1, slice: {treshold: low}}]", "unknown field; did you mean 'threshold'?"),
        ("[{metric: composite, floor: 101}]", "floor 101 of composite lies outside its range, 0 to 100"),
        ("[{metric: alignment_index, floor: 50}]", "lies outside its range, 0 to 1"),
        ("[{metric: composite, max_drop: 101}]", "max_drop 101 of composite (and detect) is more than its range"),
        ("[{metric: composite, max_drop: -1}]", "greater than or equal to 0"),
        ("[{metric: composite}]", "found none"),
        ("[{metric: composite, floor: 1, ceiling: 2}]", "found floor and ceiling"),
        ("[{floor: 1}]", "a rule names a metric or a check"),
        ("[{metric: composite, floor: 1, repeats: {k: 4, n: 3}}]", "k is 4 and n is 3"),
        ("[{metric: composite, max_drop: 1, repeats: {k: 1, n: 3}}]", "repeats and by go with a floor or ceiling"),
        ("[{metric: composite, floor: 1, detect: 3}]", "detect goes with max_drop or max_rise"),
        ("[{metric: composite, floor: 1, slice: {dimension: calm}}]", "composite has no value on one dimension"),
        ("[{check: no_crisis_regress, floor: 3}]", "check no_crisis_regress goes with slice; found floor"),
        (
            "[{metric: composite, floor: 1}, {metric: composite, floor: 2}]",
            "rules 1 and 2 contradict: composite floor 1",
        ),
        ("[{metric: turns, floor: 9}, {metric: turns, ceiling: 3}]", "rules 1 and 2 contradict: turns floor 9"),
        ("[]", "rules: needs at least 1 entry, has 0"),
        ("{composite: 0.6}", "a list, found fields; for example rules: [{metric: composite, floor: 60}]"),
        ("[{metric: composite, floor: true}]", "rules.0.floor: yes is no number"),
        ("60", "rules: allowed is a list, found '60'; for example rules: [{"),
        ("[composite]", "rules.0: allowed are the fields check, metric, slice, floor, ceiling,"),
        ("[{metric: composite, floor: 1, slice: crisis}]", "rules.0.slice: allowed are the fields persona, goal,"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_one_line_with_its_place(tmp_path: Path, rules: str, line: str):
    said = refused(tmp_path, f"rules: {rules}\n")
    assert line in said
    assert "gate.yaml:1" in said


def test_a_misspelt_list_of_rules_is_named_before_the_one_that_is_missing(tmp_path: Path):
    said = refused(tmp_path, "name: nightly\nrule:\n  - {metric: composite, floor: 60}\n")
    assert said.endswith("gate.yaml:2: rule: unknown field; did you mean 'rules'?")


def test_the_same_limit_on_two_slices_is_no_contradiction():
    rules = (Rule(metric="turns", floor=2), Rule(metric="turns", floor=3, slice=Slice(context="crisis")))
    assert len(Policy(rules=rules).rules) == 2


def test_a_floor_of_single_repeats_may_stand_beside_one_of_the_mean():
    rules = (Rule(metric="composite", floor=60), Rule(metric="composite", floor=40, repeats=Repeats(k=2, n=3)))
    assert len(Policy(rules=rules).rules) == 2


def test_power_lies_above_alpha():
    with pytest.raises(ValidationError, match=r"power 0\.01 is not above alpha 0\.05"):
        Policy(rules=DEFAULT.rules, power=0.01)


def test_what_is_counted_is_held_to_its_mean_and_what_is_estimated_to_its_interval():
    assert Rule(metric="coverage", floor=1.0).exact
    assert not Rule(metric="coverage", floor=1.0, by="interval").exact
    assert not Rule(metric="composite", floor=50).exact
    assert Rule(metric="composite", floor=50, by="mean").exact


def test_rules_that_compare_know_it():
    assert [rule.compares for rule in DEFAULT.rules] == [True, False, True, True, False]


@pytest.mark.parametrize(
    ("rule", "doubted"),
    [
        ({"metric": "composite", "floor": 1}, True),
        ({"check": "no_new_failed", "floor": 0.3}, True),
        ({"metric": "composite", "floor": 0}, False),
        ({"metric": "composite", "floor": 1.1}, False),
        ({"metric": "composite", "ceiling": 0.6}, False),
        ({"metric": "coverage", "floor": 0.6}, False),
        ({"metric": "turns", "floor": 1}, False),
    ],
)
def test_only_a_floor_of_one_at_most_is_doubted_and_only_of_a_metric_up_to_100(rule: dict[str, object], doubted: bool):
    assert bool(Policy.model_validate({"rules": [rule]}).doubts) is doubted
