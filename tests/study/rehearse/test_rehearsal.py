from __future__ import annotations

import pytest

from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.roles.empathic.reference_agents import AGENTS
from empa_graph.roles.persona.lines import SILENCE
from empa_graph.study.rehearse.rehearsal import Rehearsal, findings, rehearsed
from tests.persona_parts import with_lines
from tests.scripted_parts import SCENARIO, agent, rubric, sandbox


async def episode(*lines: tuple[str, str], scenario: Scenario = SCENARIO, reply: str = "I see.") -> Episode:
    """Return an episode in which ``lines`` (id and text) were said."""
    played = await sandbox(max_turns=1).play(scenario)
    said = [
        message
        for turn, (name, text) in enumerate(lines, start=1)
        for message in (Message(turn=turn, speaker="persona", content=text, line=name), agent(turn, reply))
    ]
    return played.model_copy(update={"messages": tuple(said)})


async def found(*lines: tuple[str, str], scenario: Scenario = SCENARIO, reply: str = "I see.") -> Rehearsal:
    return findings([(scenario, await episode(*lines, scenario=scenario, reply=reply))])


async def test_a_line_said_before_what_it_needs_is_a_breach() -> None:
    scenario = with_lines(hesitate=[{"text": "That gate.", "id": "gate", "needs": ["blue_gate"]}])
    early = await found(("gate", "That gate."), scenario=scenario)
    late = await found(("blue_gate", "A gate."), ("gate", "That gate."), scenario=scenario)
    assert early.breaches == ("night_nurse/call_home with scripted: 'gate' was said before 'blue_gate'",)
    assert late.breaches == ()


async def test_a_line_said_twice_or_in_the_wrong_goal_is_a_breach() -> None:
    twice = await found(("hesitate:1", "Hm."), ("hesitate:1", "Hm."))
    assert twice.breaches == ("night_nurse/call_home with scripted: 'hesitate:1' was said twice",)
    wrong = await found(("unload_shift:open:1", "Hello."))
    assert wrong.breaches == ("night_nurse/call_home with scripted: 'unload_shift:open:1' is no line of this goal",)


async def test_lines_never_said_are_listed_by_goal_and_for_the_card() -> None:
    result = await found(("call_home:open:1", "Hello."), ("hesitate:2", "Hm."))
    assert "call_home:open:2" in result.never_said["night_nurse/call_home"]
    assert "call_home:open:1" not in result.never_said["night_nurse/call_home"]
    assert {"hesitate:1", "settle:1"} <= set(result.never_said["night_nurse"])
    assert "hesitate:2" not in result.never_said["night_nurse"]


async def test_tastes_that_no_reply_touched_are_listed() -> None:
    plain = await found(("call_home:open:1", "The corridor is cold."))
    hero = await found(("call_home:open:1", "The corridor is cold."), reply="You're a hero, you know that?")
    tastes = [taste.partition(" (")[0] for taste in plain.never_felt["night_nurse"]]
    assert "likes reflection" in tastes and "minds anti_phrase" in tastes
    assert not any(taste.startswith("minds anti_phrase") for taste in hero.never_felt["night_nurse"])


async def test_who_has_no_word_left_is_counted() -> None:
    assert (await found(("silence", SILENCE))).ran_out == {"night_nurse/call_home": 1}
    assert (await found(("hesitate:1", "Hm."))).ran_out == {}


@pytest.mark.slow
async def test_the_bundled_cards_are_rehearsed_without_a_breach() -> None:
    heard: list[tuple[int, int]] = []
    people = [Scenario(persona=SCENARIO.persona, goal=goal) for goal in SCENARIO.persona.goals]
    result = await rehearsed(people, rubric(20), played=lambda done, of: heard.append((done, of)))
    assert result.breaches == ()
    assert result.never_felt == {}
    assert result.episodes == len(people) * (len(AGENTS) + 1) == len(heard) == heard[-1][1]
