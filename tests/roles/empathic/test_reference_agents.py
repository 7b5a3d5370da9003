from __future__ import annotations

import statistics

import pytest

from empa_graph.content.library import scenarios
from empa_graph.errors import NotFoundError
from empa_graph.models.dialogue import LONGEST_REPLY
from empa_graph.roles.empathic.graded_agent import EXPERT
from empa_graph.roles.empathic.reference_agents import AGENTS, ScriptedEmpathic, reference_agent
from tests.scripted_parts import exchange, heard, person, sandbox

SAID = "I moved my desk to the corridor. They never asked me, and I've been tired since."
TALK = [*exchange("Where?"), person(2, SAID)]
every_agent = pytest.mark.parametrize("name", AGENTS)


async def reply(name: str, seed: int = 0) -> str:
    (message,) = (await ScriptedEmpathic(name)(heard(TALK, seed=seed)))["messages"]
    assert (message.turn, message.speaker) == (2, "empathic")
    return message.content


@every_agent
async def test_the_same_view_gives_the_same_reply(name: str) -> None:
    assert await reply(name) == await reply(name)


@every_agent
async def test_no_placeholder_is_left_in_a_reply(name: str) -> None:
    said = [await reply(name, seed) for seed in range(20)]
    assert not any("{" in text or "}" in text for text in said)
    assert max(map(len, said)) <= LONGEST_REPLY


async def test_the_parrot_turns_the_words_to_the_other_person() -> None:
    assert (await reply("parrot")).startswith("you moved your desk to the corridor.")


async def test_the_silent_one_says_nothing() -> None:
    assert await reply("silent") == ""


async def test_the_questioner_only_asks() -> None:
    assert (await reply("questioner")).endswith("?")


async def test_the_generic_one_picks_up_one_word_at_most() -> None:
    replies = {await reply("generic", seed) for seed in range(20)}
    assert any("the corridor" in text for text in replies)


def test_an_unknown_agent_is_refused_with_the_nearest() -> None:
    with pytest.raises(NotFoundError, match="Did you mean 'template'"):
        ScriptedEmpathic("templat")


async def composites(name: str) -> list[float]:
    """Return the composite of every bundled scenario, all played in one sandbox."""
    table, found = sandbox(empathic=reference_agent(name), max_turns=12), []
    for scenario in scenarios():
        episode = await table.play(scenario)
        assert episode.failure is None
        assert episode.score is not None
        found.append(episode.score.composite)
    return found


@pytest.mark.slow
async def test_over_the_whole_suite_the_controls_rank_as_known() -> None:
    means = {name: statistics.fmean(await composites(name)) for name in AGENTS if name != "silent"}
    means[EXPERT] = statistics.fmean(await composites(EXPERT))
    assert means[EXPERT] > 70.0
    assert max(value for name, value in means.items() if name != EXPERT) < means[EXPERT] / 2.0
    assert means["dismissive"] == 0.0


@pytest.mark.slow
async def test_saying_nothing_scores_nothing_in_any_scenario() -> None:
    assert set(await composites("silent")) == {0.0}
