from __future__ import annotations

import asyncio

from langgraph.checkpoint.memory import InMemorySaver

from empa_graph.errors import ProviderError
from empa_graph.live.monitor import conversation
from tests.live_parts import monitored, say, settled, thread


async def test_messages_sent_at_once_to_one_thread_are_turns_one_after_another():
    graph = monitored(saver=InMemorySaver())
    await asyncio.gather(*(say(graph, text) for text in ("one", "two", "three")))
    known = await settled(graph)
    assert known.turn == 3
    assert [message.content for message in known.heard[1::2]] == ["Move on."] * 3


async def test_two_monitors_on_one_checkpointer_take_the_turns_of_a_thread_one_after_another():
    saver = InMemorySaver()
    await asyncio.gather(*(say(monitored(saver=saver), text) for text in ("one", "two")))
    assert (await settled(monitored(saver=saver))).turn == 2


async def test_a_call_that_fails_or_is_left_lets_the_next_one_in():
    async def failing(messages: list[dict[str, str]]) -> str:
        if messages[-1]["content"] == "one":
            raise ProviderError("down")
        return "Move on."

    graph = monitored(failing, saver=InMemorySaver())
    both = await asyncio.gather(say(graph, "one"), say(graph, "two"), return_exceptions=True)
    assert isinstance(both[0], ProviderError)
    left = graph.astream({"messages": [{"role": "user", "content": "three"}]}, thread())
    await anext(left)
    await left.aclose()
    assert conversation(await say(graph, "four")).said(2)[-1].content == "Move on."


async def test_threads_do_not_wait_for_each_other():
    both = asyncio.Barrier(2)

    async def meeting(messages: list[dict[str, str]]) -> str:
        await both.wait()
        return "Move on."

    graph = monitored(meeting, saver=InMemorySaver())
    await asyncio.gather(say(graph, "hello", name="a"), say(graph, "hello", name="b"))
    assert both.n_waiting == 0
