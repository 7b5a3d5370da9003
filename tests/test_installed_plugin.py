from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.test_packaging import fresh, wheel  # noqa: F401  # fixtures of the installed wheel

pytestmark = pytest.mark.slow
PROJECT = """
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph


def reply(state):
    return {{"messages": [AIMessage({reply!r})]}}


my_graph = StateGraph(MessagesState).add_node("reply", reply).add_edge(START, "reply").compile()


def test_my_agent(empathy):
    empathy.play(my_graph, "exam_student/reduce_stress", max_turns=4).assert_at_least(composite=10, coverage=1.0)
"""
KIND = "It makes sense that you are worn out. What part of it is hardest for you?"
RUDE = "You are overreacting. Others have it much worse."


def ran(home: Path, folder: Path, reply: str) -> subprocess.CompletedProcess[str]:
    """Run pytest of the environment ``home`` in a scratch project whose agent always says ``reply``."""
    (folder / "test_agent.py").write_text(PROJECT.format(reply=reply), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PY", "EMPA_", "VIRTUAL"))}
    line = [home / "bin" / "python", "-m", "pytest", "--empa-offline", "-q"]
    return subprocess.run(line, cwd=folder, env=kept, capture_output=True, text=True, timeout=300, check=False)


def test_a_project_with_the_wheel_installed_tests_its_graph_offline(fresh: Path, tmp_path: Path):  # noqa: F811
    done = ran(fresh, tmp_path, KIND)
    assert (done.returncode, "1 passed" in done.stdout) == (0, True), done.stdout + done.stderr


def test_a_bad_agent_turns_it_red_with_the_turn_that_cost_most(fresh: Path, tmp_path: Path):  # noqa: F811
    done = ran(fresh, tmp_path, RUDE)
    assert done.returncode == 1
    assert "wanted at least 10" in done.stdout
    assert f'agent: "{RUDE}"' in done.stdout
