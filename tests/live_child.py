"""A process that talks to a monitored agent whose judge is slow, and says each turn that was answered.

Its reply turns from kind to curt at turn 3.
"""

from __future__ import annotations

import asyncio

from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from empa_graph.live.monitor import conversation
from tests.live_parts import ToneJudge, monitored, say

DECLINE = 3


async def declining(messages: list[dict[str, str]]) -> str:
    turn = sum(message["role"] == "user" for message in messages)
    return "A kind word." if turn < DECLINE else "Move on."


def talk(place: str, seconds: float, turns: int) -> None:
    """Go on with the conversation up to ``turns``."""
    asyncio.run(_talk(place, seconds, turns))


async def _talk(place: str, seconds: float, turns: int) -> None:
    async with AsyncSqliteSaver.from_conn_string(place) as saver:
        graph = monitored(declining, evaluator=ToneJudge(seconds), saver=saver)
        for _ in range(turns):
            known = conversation(await say(graph, "Are you there?"))
            print(f"answered {known.turn}", flush=True)  # noqa: T201  # the parent waits for this line
            await asyncio.sleep(0.02)
        await asyncio.sleep(60)
