from __future__ import annotations

import re
from pathlib import Path

import pytest

from empa_graph.content.library import scenarios
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.cue import CueName
from empa_graph.models.persona import Annotation, Scenario
from empa_graph.roles.empathic import instructions as module
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


@every_scenario
def test_the_aligned_variant_has_no_number_or_reason_of_the_path(scenario: Scenario) -> None:
    text, route = instructions("aligned", scenario), scenario.goal.spaces["sdt"]
    assert route.radius is not None
    annotations: list[Annotation] = [*route.start.values(), *route.target.values(), route.radius]
    assert not re.search(r"\d\.\d", text)
    assert not any(annotation.reason in text for annotation in annotations)
    assert not any(re.search(rf"(?<![\w.]){re.escape(f'{a.value:.2f}')}", text) for a in annotations)


@every_scenario
def test_the_aligned_variant_has_no_beat_no_inner_trait_and_no_goal(scenario: Scenario) -> None:
    text, persona, goal = instructions("aligned", scenario), scenario.persona, scenario.goal
    hidden = [beat.text for beat in (*persona.beats, *goal.beats)]
    hidden += [*persona.traits.inner, goal.reached_when, goal.title, *persona.experiences, persona.summary]
    hidden += [liked.reason for liked in persona.preferences]
    hidden += [disliked.reason for disliked in persona.anti_preferences]
    assert [secret for secret in hidden if secret.lower() in text.lower()] == []


@every_scenario
def test_the_aligned_variant_names_the_dimensions_nowhere(scenario: Scenario) -> None:
    text = instructions("aligned", scenario).lower()
    assert not re.search(r"\b(competence|relatedness|latent|rubric|target|score|trust)\b", text)


@every_scenario
def test_the_aligned_variant_is_filled_in_completely(scenario: Scenario) -> None:
    text = instructions("aligned", scenario)
    assert "$" not in text
    assert scenario.persona.voice.diction in text
    assert "\n\n\n" not in text


def test_the_aligned_variant_says_likes_dislikes_and_forbidden_phrases() -> None:
    text = instructions("aligned", SCENARIO)
    assert "What reaches Joselito: warmth and company; hearing the particulars" in text
    assert "advice before they are understood" in text
    assert '"you\'re a hero"' in text
    assert "between 12 and 75 words" in text


def test_only_a_crisis_channel_is_told_of_safety() -> None:
    assert "crisis channel" in instructions("aligned", CRISIS)
    assert "crisis" not in instructions("aligned", SCENARIO)


def test_the_goals_of_one_context_share_their_aligned_text() -> None:
    work = [s for s in EVERY if s.persona.id == "startup_founder"]
    assert len({instructions("aligned", scenario) for scenario in work}) == 1


def test_every_cue_but_the_phrases_has_words_for_the_agent() -> None:
    assert set(module._IN_WORDS) == set(CueName) - {CueName.ANTI_PHRASE}


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


@pytest.mark.parametrize("name", ["baseline", "aligned", "voice"])
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
