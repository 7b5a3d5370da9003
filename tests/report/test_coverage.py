from __future__ import annotations

from empa_graph.content.library import find_scenarios, scenarios
from empa_graph.models.persona import Scenario
from empa_graph.report.coverage.aspects import AGES, age_band, values
from empa_graph.report.coverage.counting import CardCoverage, card_coverage, coverage_markdown


def counted(found: CardCoverage, aspect: str) -> dict[str, tuple[int, int]]:
    return {cell.value: (cell.scenarios, cell.personas) for cell in found.cells if cell.aspect == aspect}


def test_scenarios_and_persons_are_counted_apart():
    found = card_coverage(find_scenarios(["exam_student", "night_nurse/call_home"]))
    assert (found.scenarios, found.personas) == (4, 2)
    assert counted(found, "age")["18 to 24"] == (3, 1)
    assert sum(count for count, _ in counted(found, "context").values()) == 4


def test_a_value_that_nobody_has_stands_with_zero_and_is_a_gap():
    found = card_coverage(find_scenarios(["exam_student/reduce_stress"]))
    level = find_scenarios(["exam_student"])[0].persona.empathy_threshold.level
    others = [name for name in ("low", "medium", "high") if name != level]
    assert counted(found, "threshold") == {level: (1, 1), others[0]: (0, 0), others[1]: (0, 0)}
    assert f"No scenario with threshold: {', '.join(others)}." in found.gaps
    assert f"Fewer than 3 scenarios with threshold: {level}." in found.gaps


def test_two_needs_that_weigh_the_same_are_neither():
    assert [*values(find_scenarios(["exam_student"])[0], "need")] == ["two alike"]


def test_a_scenario_of_two_dangers_counts_for_both():
    (scenario,) = find_scenarios(["farm_heir/drought_debt"])
    danger = scenario.goal.danger
    assert danger is not None
    both = danger.model_copy(update={"suicidal": True, "self_harm": True, "harm_to_others": False})
    goal = scenario.goal.model_copy(update={"danger": both})
    assert [*values(scenario.model_copy(update={"goal": goal}), "danger")] == ["suicide", "self-harm"]
    safe = scenario.goal.model_copy(update={"danger": None})
    assert [*values(scenario.model_copy(update={"goal": safe}), "danger")] == ["none"]


def test_pairs_name_the_values_that_no_scenario_joins():
    found = card_coverage(scenarios())
    (pair,) = (pair for pair in found.pairs if pair.aspects == ("threshold", "context"))
    assert (pair.filled, pair.of, pair.empty) == (9, 9, ())
    (few,) = (
        pair
        for pair in card_coverage(find_scenarios(["exam_student/reduce_stress"])).pairs
        if pair.aspects == ("threshold", "context")
    )
    assert (few.filled, few.of, len(few.empty)) == (1, 9, 8)


def test_what_stands_on_no_card_is_counted_where_it_is_told():
    chosen = find_scenarios(["exam_student"])
    assert "Not known of any scenario, and not counted: difficulty, matter." in card_coverage(chosen).gaps
    told = {chosen[0].id: {"difficulty": "hard", "matter": "study"}}
    found = card_coverage(chosen, told)
    assert counted(found, "difficulty") == {"easy": (0, 0), "medium": (0, 0), "hard": (1, 1), "not known": (2, 1)}
    assert counted(found, "matter")["study"] == (1, 1)
    assert not any("Not known" in gap for gap in found.gaps)


def test_every_age_has_its_band():
    assert age_band(18) == "18 to 24" and age_band(64) == "55 to 64" and age_band(110) == "65 and over"
    assert [low for low, _ in AGES[1:]] == [high + 1 for _, high in AGES[:-1]]


def test_words_of_a_card_cannot_act_as_markdown():
    (scenario,) = find_scenarios(["exam_student/reduce_stress"])
    there = scenario.persona.demographics.model_copy(update={"gender": "a | <b>\n# b", "culture": "x" * 500})
    mine = Scenario(persona=scenario.persona.model_copy(update={"demographics": there}), goal=scenario.goal)
    page = coverage_markdown(card_coverage([mine]))
    assert "<b>" not in page and "\n# b" not in page and "x" * 121 not in page
