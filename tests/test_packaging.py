from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.slow


def done(*command: str | Path, cwd: Path) -> str:
    """Run ``command`` in ``cwd`` without the environment's Python settings and return what it printed."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "EMPA_", "VIRTUAL"))}
    result = subprocess.run(command, cwd=cwd, env=kept, capture_output=True, text=True, timeout=300, check=False)
    assert result.returncode == 0, result.stderr[-2_000:]
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the checkout."""
    out = tmp_path_factory.mktemp("wheel")
    done(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", out, cwd=CHECKOUT)
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def fresh(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it; its dependencies come from the environment of the tests."""
    home = tmp_path_factory.mktemp("fresh")
    done(sys.executable, "-m", "venv", "--without-pip", home, cwd=home)
    python = home / "bin" / "python"
    install = ("install", "--quiet", "--no-deps", "--no-index", "--no-warn-script-location")
    done(sys.executable, "-m", "pip", "--python", python, *install, wheel, cwd=home)
    site = Path(done(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", cwd=home).strip())
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    return home


def test_the_installed_command_lists_every_scenario_from_any_folder(fresh: Path, tmp_path: Path):
    listed = json.loads(done(fresh / "bin" / "empa", "list", "--json", cwd=tmp_path))
    assert len({entry["id"] for entry in listed}) == 36


def test_the_wheel_holds_all_that_the_package_reads_and_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    page = "empa_graph/_library/docs/validity.md"
    wanted = (
        {page}
        | {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "empa_graph").rglob("*") if _is_content(path)}
        | {
            f"empa_graph/_library/{path.relative_to(CHECKOUT)}"
            for folder in ("personas", "evaluators")
            for path in (CHECKOUT / folder).rglob("*")
            if _is_content(path)
        }
    )
    assert {name for name in packed if ".dist-info/" not in name} == wanted
    assert {"empa_graph/py.typed", "empa_graph/_library/evaluators/behaviours_judge.md"} <= packed


def _is_content(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


INSTALLED = """
import sys
from pathlib import Path

import empa_graph
from empa_graph.cli import main
from empa_graph.cues import CueContext, detect
from empa_graph.content.library import content_folder, load_rubric, judge_prompt
from empa_graph.report.audit.validity import validity


def test_package_and_content_lie_in_the_environment():
    for path in (Path(empa_graph.__file__), content_folder("personas")):
        assert path.is_relative_to(sys.prefix)


def test_rubric_prompt_and_phrases_load():
    rubric = load_rubric()
    assert rubric.id == "sdt" and len(judge_prompt(rubric)) > 200
    assert validity().parts
    detect("It makes sense that you are tired.", CueContext(person=("I am tired.",), replies=()))


def test_command_plays_an_episode():
    main("run farm_heir --empathic scripted:generic --limit 1 --max-turns 2 --json --out played".split())
    main(["export", "played"])
    assert len(Path("played", "episodes.jsonl").read_text(encoding="utf-8").splitlines()) == 1
"""
PROJECT = """
from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph


def reply(state):
    return {{"messages": [AIMessage({reply!r})]}}


my_graph = StateGraph(MessagesState).add_node("reply", reply).add_edge(START, "reply").compile()


def test_{name}_agent(empathy):
    empathy.play(my_graph, "exam_student/reduce_stress", max_turns=1).assert_at_least(composite=10, coverage=1.0)
"""
KIND = "Organic chemistry on Thursday, and the same page over and over. No wonder you are tired. What is hardest?"
RUDE = "You are overreacting. Others have it much worse."


@pytest.fixture(scope="module")
def ran(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    """Pytest of the fresh environment in a scratch project: what is installed, a kind agent and a rude one."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "test_installed.py").write_text(INSTALLED, encoding="utf-8")
    for name, reply in (("kind", KIND), ("rude", RUDE)):
        (folder / f"test_{name}.py").write_text(PROJECT.format(name=name, reply=reply), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PY", "EMPA_", "VIRTUAL"))}
    line = [fresh / "bin" / "python", "-m", "pytest", "--empa-offline", "-q", "-rpf"]
    return subprocess.run(line, cwd=folder, env=kept, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("test", re.findall(r"def (test_\w+)", INSTALLED))
def test_what_is_installed_works(test: str, ran: subprocess.CompletedProcess[str]):
    assert f"PASSED test_installed.py::{test}" in ran.stdout, ran.stdout + ran.stderr


def test_a_project_with_the_wheel_installed_tests_its_graph_offline(ran: subprocess.CompletedProcess[str]):
    assert "PASSED test_kind.py::test_kind_agent" in ran.stdout, ran.stdout + ran.stderr
    assert "1 failed, 4 passed" in ran.stdout


def test_a_bad_agent_turns_it_red_with_the_turn_that_cost_most(ran: subprocess.CompletedProcess[str]):
    assert ran.returncode == 1
    assert "FAILED test_rude.py::test_rude_agent" in ran.stdout
    assert "wanted at least 10" in ran.stdout
    assert f'empathic: "{RUDE}"' in ran.stdout
