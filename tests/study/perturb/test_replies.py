from __future__ import annotations

import asyncio

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.episode.start import opening as start_of
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.study.perturb.replies import Reply, chosen, recorded_replies
from tests.scripted_parts import CRISIS, SCENARIO, agent, opening, person, sandbox, walked

SAID = "They moved my desk to the corridor and nobody told me."


def replying(text: str = "Your desk in the corridor: that sounds lonely.", scenario: Scenario = SCENARIO) -> Reply:
    return Reply(scenario, (person(1, SAID), agent(1, text)), opening(), 7)


def played(max_turns: int = 3) -> Episode:
    return asyncio.run(sandbox(max_turns=max_turns).play(SCENARIO, seed=1))


def recorded(*episodes: Episode, rubric_name: str = "sdt", offline: bool = True) -> tuple[Reply, ...]:
    known, rubric = {SCENARIO.id: SCENARIO}, load_rubric(rubric_name)
    return asyncio.run(recorded_replies(episodes, known, rubric, offline=CueEvaluator(rubric) if offline else None))


def test_a_reply_stands_with_the_history_and_the_path_before_it():
    episode = played()
    found = recorded(episode)
    assert [reply.turn for reply in found] == [1, 2, 3]
    last = found[2]
    assert last.messages == episode.messages
    assert last.latent.steps == episode.latent.steps[:2]
    assert last.latent.position == pytest.approx(episode.latent.positions[2])
    assert last.text == [m.content for m in episode.messages if m.speaker == "empathic"][2]


def test_silence_and_turns_that_were_not_judged_give_no_reply():
    messages = [
        m
        for turn in (1, 2, 3)
        for m in (
            person(turn, SAID),
            agent(
                turn,
                "" if turn == 1 else "So.",
            ),
        )
    ]
    path = walked([(0.1,) * 4, None, (0.1,) * 4])
    episode = played().model_copy(update={"messages": tuple(messages), "latent": path})
    assert [reply.turn for reply in recorded(episode)] == [3]


def test_a_run_of_another_rubric_is_read_again_for_its_path():
    found = recorded(played(), rubric_name="epm")
    assert found[1].latent.dimensions == load_rubric("epm").space.names
    assert found[1].latent.start == start_of(load_rubric("epm"), SCENARIO).start
    assert len(found[1].latent.steps) == 1


def test_the_offline_evaluator_gets_the_codes_that_a_judge_did_not_leave():
    episode = played().model_copy(update={"evaluator": "judge", "latent": walked([(0.1,) * 4] * 3)})
    assert recorded(episode, offline=False)[1].latent.steps[0].assessment is None
    again = recorded(episode)[1].latent.steps[0].assessment
    assert again is not None and again.codes


def test_a_limit_is_spread_over_the_scenarios_and_drawn_by_the_seed():
    replies = [replying(f"{n}", scenario) for scenario in (SCENARIO, CRISIS) for n in range(5)]
    picked = chosen(replies, 4, seed=0)
    assert [reply.scenario.id for reply in picked].count(CRISIS.id) == 2
    assert picked == chosen(replies, 4, seed=0) and picked != chosen(replies, 4, seed=1)
    assert chosen(replies, None, seed=0) == tuple(replies)
