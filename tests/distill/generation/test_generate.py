from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.content.graded import graded_file, load_graded
from empa_graph.content.library import find_scenarios, load_persona
from empa_graph.distill.checks.report import read_checks
from empa_graph.distill.generation.folder import shares, write_generated
from empa_graph.distill.generation.generate import Generated, Written, generated
from empa_graph.distill.generation.specification import Generation, Specification
from empa_graph.distill.marks import Profile
from empa_graph.models.persona import Scenario
from empa_graph.study.segments.pool import with_one_goal

SPEC = Specification.model_validate(
    {"about": "A | <b>", "scenarios": 2, "candidates": 5, "shares": {"context": {"work": 1}}}
)
GOALS = ("night_nurse/call_home", "night_nurse/boost_motivation", "farm_heir/talk_to_father")


class Stand:
    """Writes bundled goals in turns; a refusal and a card without its replies among them."""

    def __init__(self) -> None:
        self.asked: list[Profile] = []

    def __call__(self, profile: Profile) -> Written | str:
        self.asked.append(profile)
        number = len(self.asked)
        if number == 3:
            return "no plot of the bank fits"
        (scenario,) = find_scenarios([GOALS[number % 3]])
        card = with_one_goal(scenario.persona, scenario.goal).model_copy(
            update={"id": f"{scenario.persona.id}__written_{number}"}
        )
        return Written(card, () if number == 4 else load_graded(graded_file(scenario.persona.id)))


@pytest.fixture(scope="module")
def found() -> Generated:
    return generated(SPEC, Stand())


def test_as_many_are_chosen_as_are_wanted_of_those_that_pass(found: Generated):
    record = found.record
    assert (len(record.candidates), record.written, record.chosen) == (5, 4, 2)
    assert record.passed >= 2 and record.causes["not_written"] == 1
    assert len(found.chosen) == len(found.checked.kept) == len(found.checked.scenarios) == 2
    assert found.checked.coverage is not None and found.checked.coverage.scenarios == 2


def test_the_chosen_differ_where_they_can(found: Generated):
    goals = {one.persona.goals[0].id for one in found.chosen}
    assert len(goals) == 2


def test_a_refusal_stands_beside_its_profile(found: Generated):
    (refused,) = (one for one in found.record.candidates if one.scenario is None)
    assert refused.refused == "no plot of the bank fits" and refused.profile.context == "work"


def test_what_every_chosen_one_is_about_is_known(found: Generated):
    by_id = {one.scenario: one.profile.matter for one in found.record.candidates if one.chosen}
    assert found.checked.matters == by_id


def test_a_folder_holds_cards_replies_check_and_report(found: Generated, tmp_path: Path):
    cards = write_generated(found, tmp_path / "out")
    people = [load_persona(file) for file in sorted(cards.glob("*.yaml"))]
    assert [one.persona for one in found.chosen] == people
    assert [Scenario(persona=one, goal=one.goals[0]).id for one in people] == [
        one.id for one in found.checked.scenarios
    ]
    assert read_checks(cards) == found.checked
    again = Generation.model_validate_json((tmp_path / "out" / "generation.json").read_text(encoding="utf-8"))
    assert again == found.record
    page = (tmp_path / "out" / "report.md").read_text(encoding="utf-8")
    assert "2 of 2 wanted: 5 profiles drawn, 4 written" in page and "| `not_written` | 1 |" in page
    assert "<b>" not in page


def test_shares_are_counted_as_drawn_passed_and_chosen(found: Generated):
    rows = {(name, value): counts for name, value, *counts in shares(found.record)}
    assert rows["context", "work"] == [5, found.record.passed, 2]
    assert sum(counts[0] for (name, _), counts in rows.items() if name == "need") == 5


def test_nothing_written_is_nothing_chosen():
    nothing = generated(SPEC, lambda profile: "there is no bank")
    assert (nothing.record.written, nothing.chosen, nothing.checked.coverage) == (0, (), None)
    assert nothing.record.causes == {"not_written": 5}


def test_how_far_it_is_is_told():
    told: list[tuple[str, int, int]] = []
    generated(SPEC, lambda profile: "no", told=lambda *now: told.append(now))
    assert told == [("written", done, 5) for done in range(1, 6)]


def test_no_card_takes_the_name_of_another():
    (scenario,) = find_scenarios(["night_nurse/call_home"])
    card = with_one_goal(scenario.persona, scenario.goal)
    twice = generated(SPEC, lambda profile: Written(card, ()))
    assert (twice.record.written, twice.record.causes["not_written"]) == (1, 4)
    assert twice.record.candidates[-1].refused == "another card is called 'night_nurse'"
