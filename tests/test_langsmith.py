"""What reaches LangSmith where its variables are set, in processes of their own against a stand-in on loopback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import COMMAND, SCENARIO, environment
from tests.langsmith_stub import langsmith

PLAY = """
from empa_graph import play
from tests.agents import own_graph as graph
print(play("exam_student/reduce_stress", graph, max_turns=2{more}).ending)
from langchain_core.tracers.langchain import wait_for_all_tracers
wait_for_all_tracers()
"""
NESTED = """
from langchain_core.runnables import RunnableLambda
from empa_graph import play_async
import asyncio
async def outer(_):
    return (await play_async("exam_student/reduce_stress", "scripted:template", max_turns=2)).ending
print(asyncio.run(RunnableLambda(outer, name="the caller's own").ainvoke("x")))
from langchain_core.tracers.langchain import wait_for_all_tracers
wait_for_all_tracers()
"""
MONITOR = """
import asyncio
from langchain_core.tracers.langchain import wait_for_all_tracers
from langgraph.checkpoint.memory import InMemorySaver
from tests.agents import own_graph as graph
from tests.live_parts import ToneJudge, UNROUTED, conversation, monitored, say
live = monitored(graph, evaluator=ToneJudge(), sla=UNROUTED, saver=InMemorySaver())
known = [conversation(asyncio.run(say(live, "They moved my desk."))) for _ in range(2)][-1]
print(known.basis)
wait_for_all_tracers()
"""


def posted(*words: str) -> tuple[bytes, subprocess.CompletedProcess[str]]:
    with langsmith() as server:
        done = subprocess.run(
            words, env=environment(**server.variables), capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, done.stderr
        return server.posted, done


@pytest.mark.parametrize("agent", ["scripted:template", "tests.agents:own_graph"])
def test_nothing_of_a_run_is_posted_and_one_line_says_so(agent: str, tmp_path: Path):
    run = ("run", SCENARIO, "--empathic", agent, "--max-turns", "2", "--out", str(tmp_path / "run"))
    runs, done = posted(COMMAND, *run)
    assert runs == b""
    assert [line for line in done.stderr.splitlines() if "LangSmith" in line] == [
        "empa: LANGCHAIN_TRACING_V2 is set; nothing is posted to LangSmith without --langsmith"
    ]


def test_a_run_that_asks_for_it_is_posted_with_its_latent_state(tmp_path: Path):
    run = ("run", SCENARIO, "--empathic", "scripted:template", "--max-turns", "2", "--out", str(tmp_path / "run"))
    runs, done = posted(COMMAND, *run, "--langsmith")
    assert b"latent" in runs and "LangSmith" not in done.stderr


def test_nothing_that_is_played_from_python_is_posted_unless_asked_for():
    runs, done = posted(sys.executable, "-c", PLAY.format(more=""))
    assert runs == b"" and done.stderr.count("nothing is posted to LangSmith unless asked for") == 1
    runs, _ = posted(sys.executable, "-c", PLAY.format(more=", langsmith=True"))
    assert b"latent" in runs


def test_of_a_caller_that_is_traced_its_own_run_is_posted_and_nothing_of_the_episode():
    runs, _ = posted(sys.executable, "-c", NESTED)
    assert b"the caller's own" in runs and b"latent" not in runs and b"evaluator" not in runs


def test_of_a_monitored_conversation_the_agents_own_runs_are_posted_and_never_what_the_monitor_knows():
    runs, done = posted(sys.executable, "-c", MONITOR)
    assert b"own_node" in runs and b"They moved my desk." in runs
    assert done.stdout.strip().encode() not in runs and b"latent" not in runs and b'"live"' not in runs
