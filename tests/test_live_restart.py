"""A monitored conversation whose process is killed: no judgement and no breach is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from empa_graph.live.conversation import Conversation
from tests.forked import started
from tests.live_child import DECLINE, declining, talk
from tests.live_parts import ToneJudge, monitored, say, settled

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("strict_checkpoints")]


def killed_after(turns: int, place: Path, *, seconds: float) -> None:
    """Talk for ``turns`` turns in a process of its own and kill it while its judge is at work."""
    running = started(talk, str(place), seconds, turns)
    running.until(lambda: running.said().count("answered") == turns)
    running.process.kill()
    running.ended()


async def ended(place: str, turns: int) -> Conversation:
    """Go on in this process, with a judge that answers at once, up to the end."""
    async with AsyncSqliteSaver.from_conn_string(place) as saver:
        graph = monitored(declining, evaluator=ToneJudge(), saver=saver)
        for _ in range(turns):
            await say(graph, "Are you there?")
        return await settled(graph)


@pytest.mark.parametrize("seconds", [60.0, 0.03])
async def test_a_kill_in_mid_conversation_loses_no_turn_and_no_breach(tmp_path: Path, seconds: float):
    killed_after(4, tmp_path / "killed.db", seconds=seconds)
    after = await ended(str(tmp_path / "killed.db"), 2)
    whole = await ended(str(tmp_path / "whole.db"), 6)
    assert [step.turn for step in after.latent.judged] == [1, 2, 3, 4, 5, 6]
    assert after.latent.position == whole.latent.position
    assert [(b.rule, b.turn, b.value) for b in after.breaches] == [(b.rule, b.turn, b.value) for b in whole.breaches]


async def test_a_decline_is_caught_within_the_window(tmp_path: Path):
    known = await ended(str(tmp_path / "whole.db"), 6)
    (breach,) = known.breaches
    assert DECLINE <= breach.turn < DECLINE + 2
