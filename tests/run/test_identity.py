from __future__ import annotations

from empa_graph.content.library import load_rubric
from empa_graph.models.config import EvaluatorConfig
from empa_graph.models.rubric import with_max_turns
from empa_graph.run.identity import evaluator_digest, first_change, stands_on

RUBRIC = load_rubric()
CUES = EvaluatorConfig()


def test_the_offline_evaluator_stands_on_the_package_and_no_judge():
    found = stands_on(CUES, RUBRIC)
    assert found["evaluator"] == "cues" and "empa-graph" in found and "judges" not in found
    assert len(found["rubric sdt"]) == 64


def test_judges_stand_by_name():
    found = stands_on(EvaluatorConfig(name="judge", judges=("openai:one", "openai:two")), RUBRIC)
    assert (found["evaluator"], found["judges"]) == ("panel", "openai:one, openai:two")
    assert "empa-graph" not in found
    assert {len(found[f"prompt {name}"]) for name in ("behaviours_judge.md", "behaviours.yaml")} == {64}


def test_a_judge_of_levels_stands_on_the_prompt_of_its_rubric():
    found = stands_on(EvaluatorConfig(name="judge", judges=("openai:one",)), load_rubric("epm"))
    assert [name for name in found if name.startswith("prompt ")] == ["prompt epm_judge.md"]


def test_when_an_episode_stops_is_no_part_of_it_but_what_a_level_means_is():
    assert stands_on(CUES, with_max_turns(RUBRIC, 3)) == stands_on(CUES, RUBRIC)
    other = RUBRIC.model_copy(update={"prior_radius": RUBRIC.prior_radius + 0.01})
    change = first_change(stands_on(CUES, RUBRIC), stands_on(CUES, other))
    assert change and change.startswith("rubric sdt was ")


def test_the_first_change_is_said_in_a_few_words():
    assert first_change({"a": "1"}, {"a": "1"}) is None
    assert first_change({"a": "1", "judges": "x"}, {"a": "2", "judges": "y"}) == "judges was x and is y"
    assert first_change({"a": "1"}, {}) == "a was 1 and is none"


def test_the_digest_is_also_of_how_the_evaluator_is_asked():
    found = stands_on(CUES, RUBRIC)
    other = CUES.model_copy(update={"profile": "deep_rapport"})
    assert evaluator_digest(found, CUES) == evaluator_digest(found, CUES) != evaluator_digest(found, other)
