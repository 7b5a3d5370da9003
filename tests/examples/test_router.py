"""The router hands over on a breach, to a person on the second, and takes the conversation back when it is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from empa_graph import conversation
from examples.router import ANSWER, PERSON, main, router, specialist, talk

pytestmark = pytest.mark.usefixtures("strict_checkpoints")
PAGE = Path(__file__).parents[2] / "docs" / "examples.md"
A_THREAD: Any = {"configurable": {"thread_id": "a"}}


async def test_a_breach_brings_the_specialist_recovery_the_agent_and_a_second_breach_a_person():
    states = await talk(router())
    assert [conversation(state).seat for state in states] == [
        "agent",
        "agent",
        "specialist",
        "specialist",
        "agent",
        "person",
    ]
    breaches = [(breach.rule, breach.turn) for breach in conversation(states[-1]).breaches]
    assert breaches == [("turning_away", 2), ("harm_again", 5)]
    (asked,) = states[-1]["__interrupt__"]
    assert asked.value["breached"] == ["harm_again"]


async def test_a_breach_quotes_the_replies_that_broke_the_rule():
    first, second = conversation((await talk(router()))[-1]).breaches
    assert "Everyone has problems." in [span for turn in first.evidence for span in turn.spans]
    assert [turn.turn for turn in second.evidence if any("regress" in level for level in turn.levels)] == [2, 5]


async def test_the_answer_of_the_person_is_the_reply():
    graph = router()
    await talk(graph)
    state = await graph.ainvoke(Command(resume=ANSWER), A_THREAD)
    assert state["messages"][-1].text == ANSWER
    assert "__interrupt__" not in state


async def test_a_person_can_hand_the_turn_back_to_the_agent():
    graph = router()
    await talk(graph)
    state = await graph.ainvoke(Command(resume={"back": True}), A_THREAD)
    assert conversation(state).seat == "agent"
    assert state["messages"][-1].type == "ai"


async def test_an_agent_that_listens_keeps_the_conversation():
    states = await talk(router(agent=specialist()), PERSON[:5])
    assert [conversation(state).seat for state in states] == ["agent"] * 5
    assert not conversation(states[-1]).breached


async def test_another_router_on_the_same_checkpoints_goes_on_with_the_specialist():
    saver = InMemorySaver()
    await talk(router(checkpointer=saver), PERSON[:2])
    (state,) = await talk(router(checkpointer=saver), PERSON[2:3])
    assert conversation(state).seat == "specialist"


async def test_what_it_prints_stands_in_the_docs(capsys: pytest.CaptureFixture[str]):
    await main()
    assert f"```text\n{capsys.readouterr().out}```" in PAGE.read_text(encoding="utf-8")
