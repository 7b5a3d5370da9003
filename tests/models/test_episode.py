from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from empa_graph.models.episode import Episode, Note, PersonaState, Score
from empa_graph.run.single import play_async

PLAYED = "exam_student/reduce_stress"


async def short_episode(agent: str = "scripted:template", *, turns: int = 5) -> Episode:
    return await play_async(PLAYED, agent, max_turns=turns, seed=7)


async def test_a_played_episode_comes_back_from_json_to_the_last_digit():
    episode = await short_episode()
    again = Episode.model_validate_json(episode.model_dump_json())
    assert again == episode
    assert again.model_dump_json() == episode.model_dump_json()
    assert again.latent.positions == episode.latent.positions


async def test_a_played_episode_holds_a_step_for_every_turn_and_a_score():
    episode = await short_episode()
    assert episode.scenario == PLAYED
    assert [step.turn for step in episode.latent.steps] == [1, 2, 3, 4, 5]
    assert (episode.turns, len(episode.messages), episode.ending) == (5, 10, "max_turns")
    assert episode.score is not None
    assert (episode.score.coverage, episode.unscored, episode.failure) == (1.0, None, None)


async def test_a_silent_agent_leaves_a_fault_at_every_turn_and_the_faults_survive_json():
    episode = await short_episode("scripted:silent", turns=2)
    assert [(fault.turn, fault.blame, fault.kind) for fault in episode.faults] == [
        (1, "empathic", "empty_reply"),
        (2, "empathic", "empty_reply"),
    ]
    assert Episode.model_validate_json(episode.model_dump_json()).faults == episode.faults


async def test_turns_count_what_the_agent_answered():
    episode = await short_episode(turns=2)
    person, agent, *_ = episode.messages
    assert episode.model_copy(update={"messages": (person,)}).turns == 0
    assert episode.model_copy(update={"messages": (person, agent, agent)}).turns == 1


async def test_an_episode_is_frozen_and_closed():
    episode = await short_episode(turns=1)
    with pytest.raises(ValidationError, match="frozen"):
        episode.score = None
    record = json.loads(episode.model_dump_json()) | {"verdict": "good"}
    with pytest.raises(ValidationError, match="extra_forbidden"):
        Episode.model_validate(record)


async def test_an_episode_of_another_schema_is_refused():
    record = json.loads((await short_episode(turns=1)).model_dump_json()) | {"schema_version": 2}
    with pytest.raises(ValidationError, match="schema_version"):
        Episode.model_validate(record)


def test_a_score_is_never_infinite_and_its_shares_lie_in_the_unit_interval():
    good = {"alignment": 0.5, "impact": 1.2, "stability": 0.7, "composite": 50.0, "profile": "balanced"}
    good |= {
        "alignment_index": 0.5,
        "impact_index": 0.6,
        "stability_index": 0.2,
        "progress": 0.4,
        "direction": "initial",
    }
    assert Score.model_validate(good | {"coverage": 1.0}).composite == 50.0
    for wrong in ({"coverage": 1.1}, {"coverage": 1.0, "impact": float("inf")}, {"coverage": 1.0, "progress": 1.1}, {}):
        with pytest.raises(ValidationError):
            Score.model_validate(good | wrong)


def test_trust_lies_in_the_unit_interval():
    with pytest.raises(ValidationError, match="trust"):
        PersonaState(trust=1.01, openness=0.5)


def test_a_note_says_who_wrote_it_and_when():
    with pytest.raises(ValidationError, match="author"):
        Note.model_validate({"turn": 1, "content": "slow down"})
