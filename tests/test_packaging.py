from __future__ import annotations

import json
import os
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
    done(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, CHECKOUT, cwd=out)
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


def test_the_package_is_imported_from_the_wheel_and_not_from_the_checkout(fresh: Path, tmp_path: Path):
    found = done(fresh / "bin" / "python", "-c", "import empa_graph; print(empa_graph.__file__)", cwd=tmp_path)
    assert Path(found.strip()).is_relative_to(fresh)


def test_the_installed_command_lists_every_scenario_from_any_folder(fresh: Path, tmp_path: Path):
    listed = json.loads(done(fresh / "bin" / "empa", "list", "--json", cwd=tmp_path))
    assert len({entry["id"] for entry in listed}) == 36


def test_the_installed_rubric_prompt_and_phrases_load(fresh: Path, tmp_path: Path):
    code = (
        "from empa_graph.library import content_folder, load_rubric, prompt_text\n"
        "from empa_graph.cues import CueContext, detect\n"
        "rubric = load_rubric()\n"
        "detect('It makes sense that you are tired.', CueContext(person=('I am tired.',), replies=()))\n"
        "print(rubric.id, len(prompt_text(rubric.judge_prompt)) > 200, content_folder('personas'))"
    )
    name, prompted, folder = done(fresh / "bin" / "python", "-c", code, cwd=tmp_path).split()
    assert (name, prompted) == ("sdt", "True")
    assert Path(folder).is_relative_to(fresh)


def test_the_installed_command_plays_an_episode(fresh: Path, tmp_path: Path):
    run = ("run", "farm_heir", "--empathic", "scripted:generic", "--limit", "1", "--max-turns", "2", "--json")
    done(fresh / "bin" / "empa", *run, "--out", "played", cwd=tmp_path)
    done(fresh / "bin" / "empa", "export", "played", cwd=tmp_path)
    assert len((tmp_path / "played" / "episodes.jsonl").read_text(encoding="utf-8").splitlines()) == 1


def test_the_wheel_holds_all_that_the_package_reads_and_nothing_else(wheel: Path):
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    wanted = {str(path.relative_to(CHECKOUT)) for path in (CHECKOUT / "empa_graph").rglob("*") if _is_content(path)} | {
        f"empa_graph/_library/{path.relative_to(CHECKOUT)}"
        for folder in ("personas", "evaluators")
        for path in (CHECKOUT / folder).rglob("*")
        if _is_content(path)
    }
    assert {name for name in packed if ".dist-info/" not in name} == wanted
    assert {"empa_graph/py.typed", "empa_graph/_library/evaluators/sdt_judge.md"} <= packed


def _is_content(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


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
def ran(fresh: Path, tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
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
