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


def test_{name}_agent(empathy):
    empathy.play(my_graph, "exam_student/reduce_stress", max_turns=4).assert_at_least(composite=10, coverage=1.0)
"""
KIND = "It makes sense that you are worn out. What part of it is hardest for you?"
RUDE = "You are overreacting. Others have it much worse."


@pytest.fixture(scope="module")
def ran(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:  # noqa: F811
    """Pytest of the fresh environment in a scratch project with a kind and a rude agent."""
    folder = tmp_path_factory.mktemp("project")
    for name, reply in (("kind", KIND), ("rude", RUDE)):
        (folder / f"test_{name}.py").write_text(PROJECT.format(name=name, reply=reply), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PY", "EMPA_", "VIRTUAL"))}
    line = [fresh / "bin" / "python", "-m", "pytest", "--empa-offline", "-q", "-rpf"]
    return subprocess.run(line, cwd=folder, env=kept, capture_output=True, text=True, timeout=300, check=False)


def test_a_project_with_the_wheel_installed_tests_its_graph_offline(ran: subprocess.CompletedProcess[str]):
    assert "PASSED test_kind.py::test_kind_agent" in ran.stdout, ran.stdout + ran.stderr
    assert "1 failed, 1 passed" in ran.stdout


def test_a_bad_agent_turns_it_red_with_the_turn_that_cost_most(ran: subprocess.CompletedProcess[str]):
    assert ran.returncode == 1
    assert "FAILED test_rude.py::test_rude_agent" in ran.stdout
    assert "wanted at least 10" in ran.stdout
    assert f'agent: "{RUDE}"' in ran.stdout
