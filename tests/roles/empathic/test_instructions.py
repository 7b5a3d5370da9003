from __future__ import annotations

import re
from pathlib import Path

import pytest

from empa_graph.content.library import scenarios
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.cue import CueName
from empa_graph.models.persona import Annotation, Scenario
from empa_graph.roles.cue_words import IN_WORDS
from empa_graph.roles.empathic.instructions import (
    check_instructed,
    check_variant,
    instructions,
    profile,
    prompt_template,
)
from tests.scripted_parts import CRISIS, SCENARIO

EVERY = scenarios()
every_scenario = pytest.mark.parametrize("scenario", EVERY, ids=[scenario.id for scenario in EVERY])


def test_there_are_36_scenarios_to_check() -> None:
    assert len(EVERY) == 36


TOLD = pytest.mark.parametrize("variant", ["aligned", "informed"])


@TOLD
@every_scenario
def test_no_variant_has_a_number_or_a_reason_of_the_path(scenario: Scenario, variant: str) -> None:
    text = instructions(variant, scenario)
    annotations: list[Annotation] = []
    for route in scenario.goal.spaces.values():
        annotations += [*route.start.values(), *route.target.values(), *route.levels.values()]
        annotations += [route.radius] if route.radius else []
    assert not re.search(r"\d\.\d", text)
    assert not any(annotation.reason in text for annotation in annotations)


@TOLD
@every_scenario
def test_no_variant_has_a_secret_of_the_card_a_matched_phrase_or_the_goal(scenario: Scenario, variant: str) -> None:
    text, persona, goal = instructions(variant, scenario).lower(), scenario.persona, scenario.goal
    hidden = [beat.text for beat in (*persona.beats, *goal.beats)]
    hidden += [*persona.traits.inner, *persona.traits.public, goal.reached_when, goal.title, *persona.experiences]
    hidden += [persona.summary, persona.empathy_threshold.rejects, persona.demographics.work, persona.voice.diction]
    hidden += [note.reason for note in (*persona.preferences, *persona.anti_preferences)]
    hidden += [phrase for disliked in persona.anti_preferences for phrase in disliked.phrases]
    assert [secret for secret in hidden if " " in secret and secret.lower() in text] == []


@every_scenario
def test_no_five_words_in_a_row_of_what_is_told_later_stand_in_the_aligned_variant(scenario: Scenario) -> None:
    said = [beat.text for beat in (*scenario.persona.beats, *scenario.goal.beats)]
    told = {run for text in [*said, *scenario.persona.traits.inner] for run in runs_of_words(text)}
    assert sorted(told & set(runs_of_words(instructions("aligned", scenario)))) == []


def runs_of_words(text: str, length: int = 5) -> list[tuple[str, ...]]:
    words = re.findall(r"[a-z']+", text.lower())
    return [tuple(words[start : start + length]) for start in range(len(words) - length + 1)]


@TOLD
@every_scenario
def test_no_variant_names_dimensions_or_machinery(scenario: Scenario, variant: str) -> None:
    text = instructions(variant, scenario).lower()
    assert not re.search(r"\b(competence|relatedness|latent|rubric|target|score|trust|simulat\w+|persona)\b", text)


@TOLD
@every_scenario
def test_a_variant_is_filled_in_completely(scenario: Scenario, variant: str) -> None:
    text = instructions(variant, scenario)
    assert "$" not in text and "None" not in text
    assert "\n\n\n" not in text


def test_the_aligned_variant_knows_name_age_country_and_what_brought_them() -> None:
    persona = SCENARIO.persona.model_copy(update={"called": "Jo", "country": "Ireland"})
    goal = SCENARIO.goal.model_copy(update={"brought": "Cannot get to sleep after nights"})
    text = instructions("aligned", Scenario(persona=persona, goal=goal))
    assert text.startswith("You are a supportive assistant, in a chat with Jo, who is 38, lives in Ireland. What")
    assert "reason to write: Cannot get to sleep after nights\n" in text
    assert "crisis line of Ireland" in text


def test_the_informed_variant_alone_says_likes_and_dislikes() -> None:
    informed, aligned = instructions("informed", SCENARIO), instructions("aligned", SCENARIO)
    assert "Is reached by: warmth and company; hearing the particulars" in informed
    assert "advice before they are understood" in informed and "12 to 75 words" in informed
    assert "Is reached by" not in aligned and "75 words" not in aligned


def test_the_rule_about_danger_is_the_same_for_everybody() -> None:
    rules = {next(line for line in instructions("aligned", s).splitlines() if "in danger" in line) for s in EVERY}
    countries = {scenario.persona.country for scenario in EVERY}
    assert len(rules) == len(countries)


def test_which_goal_is_a_crisis_is_not_said() -> None:
    calm, crisis = (
        instructions("aligned", Scenario(persona=s.persona, goal=s.goal.model_copy(update={"brought": None})))
        for s in (SCENARIO, CRISIS)
    )
    known = {"crisis": crisis.count("crisis"), "calm": calm.count("crisis")}
    assert known["crisis"] == known["calm"]


def test_every_cue_but_the_phrases_has_words_for_the_agent() -> None:
    assert set(IN_WORDS) == set(CueName) - {CueName.ANTI_PHRASE}


@every_scenario
def test_the_baseline_knows_nothing_of_the_person(scenario: Scenario) -> None:
    assert instructions("baseline", scenario) == prompt_template("baseline")


def test_a_prompt_file_is_a_variant(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text("  Be kind.\n", encoding="utf-8")
    check_variant(str(path))
    assert instructions(str(path), SCENARIO) == "Be kind."


def test_an_empty_prompt_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "mine.txt"
    path.write_text(" \n", encoding="utf-8")
    with pytest.raises(UsageError, match="the prompt file is empty"):
        check_variant(str(path))


def test_a_missing_prompt_file_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"none\.md"):
        check_variant(str(tmp_path / "none.md"))


def test_an_unknown_variant_is_refused_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'aligned'"):
        check_variant("alinged")


@pytest.mark.parametrize("name", ["baseline", "aligned", "known", "voice"])
def test_a_template_comes_without_its_version_line(name: str) -> None:
    assert "version" not in prompt_template(name).split("\n")[0]


def test_the_profile_is_what_any_system_knows_of_its_user() -> None:
    assert list(profile(SCENARIO.persona)) == ["name", "age", "work", "diction"]


def test_one_default_variant_is_all_that_an_agent_without_instructions_may_be_asked_for():
    check_instructed(["baseline"], agent="a:b", instructed=False)
    check_instructed(["baseline", "aligned"], agent="a:b", instructed=True)
    for variants in (["aligned"], ["baseline", "aligned"]):
        with pytest.raises(UsageError, match="--variant: a:b takes no instructions"):
            check_instructed(variants, agent="a:b", instructed=False)
