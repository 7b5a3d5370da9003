"""``--import``: what a module or a file registers works wherever a name does, and code is never taken from a folder."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.content.registry import REGISTRY
from empa_graph.store.folder import episodes, load_run
from tests.command import SCENARIO, empa
from tests.forked import empa_started

ROLES = """
from empa_graph import CueEvaluator, EmpathicView, EmpathicWrite, EvaluatorView, EvaluatorWrite, Message, registered

print("imported")

@registered("role")
async def patient(view: EmpathicView) -> EmpathicWrite:
    turn = view["messages"][-1].turn
    return EmpathicWrite(messages=[Message(turn=turn, speaker="empathic", content="Take your time.")])

@registered("evaluator")
class Kind(CueEvaluator):
    pass

@registered("metric")
def replies(episode) -> float:
    return float(sum(m.speaker == "empathic" for m in episode.messages))
"""
CONTENT = """
from pathlib import Path
from empa_graph import registered

registered("rubric", "strict")(lambda: Path(__file__).with_name("strict.yaml"))
registered("persona", "vineyard")(lambda: Path(__file__).with_name("vineyard_heir.yaml"))
"""
AGENT = ("--empathic", "scripted:template")


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with one file of roles and one of content; what is registered is forgotten behind the test."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(ROLES)
    (tmp_path / "content.py").write_text(CONTENT)
    with REGISTRY.scratch():
        yield tmp_path


def own_content(folder: Path) -> None:
    from empa_graph.content.library import content_folder

    card = (content_folder("personas") / "farm_heir.yaml").read_text(encoding="utf-8")
    (folder / "vineyard_heir.yaml").write_text(card.replace("id: farm_heir", "id: vineyard_heir"), encoding="utf-8")
    rubric = (content_folder("evaluators") / "sdt.yaml").read_text(encoding="utf-8")
    (folder / "strict.yaml").write_text(rubric.replace("id: sdt\n", "id: strict\n", 1), encoding="utf-8")


def played(*words: object, imports: str = "mine.py", out: str = "run") -> None:
    done = empa("run", SCENARIO, "--import", imports, "--max-turns", 2, "--out", out, *words)
    assert done.code == 0, done.err


def test_roles_evaluators_and_metrics_of_a_file_are_found_by_name():
    played("--empathic", "patient", "--evaluator", "Kind")
    [episode] = episodes(Path("run"))
    assert {m.content for m in episode.messages if m.speaker == "empathic"} == {"Take your time."}
    run = load_run(Path("run"))
    assert (run.config.imports, set(run.code), run.config.evaluator.name) == (("mine.py",), {"mine.py"}, "Kind")
    assert (
        json.loads(empa("show", "run", "--import", "mine.py", "--json").out)["variants"][0]["metrics"]["replies"][
            "mean"
        ]
        == 2.0
    )


def test_runs_judged_by_other_code_under_the_same_name_are_not_compared():
    words = (SCENARIO, *AGENT, "--evaluator", "Kind", "--import", "mine.py", "--max-turns", 2, "--out")
    assert empa_started("run", *words, "one", cwd=Path.cwd()).ended().code == 0
    assert empa_started("run", *words, "same", cwd=Path.cwd()).ended().code == 0
    Path("mine.py").write_text(ROLES + "# another rule\n")
    assert empa_started("run", *words, "other", cwd=Path.cwd()).ended().code == 0
    assert empa("diff", "one", "same").code == 0
    done = empa("diff", "one", "other", "--json")
    assert (done.code, [row["why"] for row in json.loads(done.out)["blocking"]]) == (
        1,
        ["the evaluator's source is not the same"],
    )


def test_personas_and_rubrics_of_a_file_are_found_by_each_command_that_names_them(working_folder: Path):
    own_content(working_folder)
    words = ("--import", "content.py")
    assert empa("list", "vineyard_heir", *words, "--json").out.count('"id"') == 3
    done = empa("run", "vineyard_heir", "--rubric", "strict", *words, *AGENT, "--max-turns", 2, "--out", "run")
    assert (done.code, done.err) == (0, "")
    assert empa("validate", "vineyard_heir.yaml", "--rubric", "strict", *words).code in (0, 2)
    assert empa("replay", "run", *words).code == 0
    assert empa("replay", "run", "--rubric", "strict", *words).code == 0
    assert empa("perturb", "run", *words).code == 0
    assert empa("gate", "run", "run", *words).code in (0, 4)
    Path("chats.jsonl").write_text(json.dumps({"messages": [{"role": "user", "content": "I am tired."}] * 2}))
    scored = empa("score", "chats.jsonl", "--rubric", "strict", "--scenario", "vineyard", *words)
    assert "stands for 3 scenarios" in scored.err


@pytest.mark.parametrize("command", [("score", "none.jsonl"), ("validate",), ("replay", "run"), ("list",)])
def test_without_the_import_its_names_are_unknown(working_folder: Path, command: tuple[str, ...]):
    own_content(working_folder)
    played(*AGENT)
    option = ("vineyard_heir",) if command == ("list",) else ("--rubric", "strict")
    done = empa(*command, *option)
    assert (done.code, done.err.count("\n")) == (2, 1) and "unknown" in done.err


def test_a_module_is_imported_by_its_name_and_what_it_prints_stays_out_of_json():
    Path("module_of_mine.py").write_text(ROLES)
    done = empa_started("list", "evaluators", "--import", "module_of_mine", "--json", cwd=Path.cwd()).ended()
    assert (done.code, done.err) == (0, "imported\n")
    assert {"name": "Kind", "of": "module_of_mine.Kind", "used": "--evaluator NAME"} in json.loads(done.out)


@pytest.mark.parametrize(
    ("name", "text", "line"),
    [
        ("no_such.py", None, "--import: cannot import 'no_such.py' (no such file)"),
        ("no_such.module", None, "--import: cannot import 'no_such.module' (No module named 'no_such')"),
        ("raises.py", "\n1/0", "--import: cannot import 'raises.py' (raises.py:2: ZeroDivisionError"),
        ("wrong.py", "\n\ndef", "--import: cannot import 'wrong.py' (wrong.py:3: SyntaxError"),
        ("exits.py", "import sys\nsys.exit()", "--import: cannot import 'exits.py' (exits.py:2: SystemExit"),
        (
            "mine.py:Kind",
            None,
            "--import 'mine.py:Kind': a module (my_package.roles) or a file (path/file.py) is named",
        ),
        ("./mine", None, "--import './mine': a module"),
        ("", None, "--import: cannot import ''"),
    ],
)
def test_what_cannot_be_imported_is_one_line(name: str, text: str | None, line: str):
    if text is not None:
        Path(name).write_text(text)
    done = empa("run", SCENARIO, *AGENT, "--import", name, "--out", "run")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith(f"empa: {line}")
    assert not Path("run").exists()


def test_what_registers_nothing_is_said_and_the_command_goes_on():
    Path("words.py").write_text("KIND = 1\n")
    done = empa("list", SCENARIO, "--import", "words.py")
    assert (done.code, done.err.count("\n")) == (0, 1)
    assert done.err.startswith("empa: --import words.py: nothing is registered there; write @registered(")


def test_a_name_that_another_file_has_taken_is_one_line_with_both_files():
    Path("other.py").write_text(ROLES)
    done = empa("list", "--import", "mine.py", "--import", "other.py")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "role 'patient' of other.py:patient is already that of mine.py:patient" in done.err


def test_a_run_goes_on_with_what_it_imported_until_that_is_changed():
    played("--empathic", "patient")
    assert empa_started("resume", "run", cwd=Path.cwd()).ended().code == 0
    Path("mine.py").write_text(ROLES.replace("Take", "Use"))
    done = empa_started("resume", "run", cwd=Path.cwd()).ended()
    assert (done.code, "mine.py has changed since run" in done.err) == (2, True)


def test_what_a_stranger_s_run_imports_must_be_typed_again():
    played("--empathic", "patient")
    Path("run/run.json.hmac").unlink()
    done = empa_started("resume", "run", cwd=Path.cwd()).ended()
    assert (done.code, done.out) == (2, "")
    command = done.err.partition("type that: empa ")[2].strip()
    assert command == "resume run --empathic patient --import mine.py"
    other = empa_started("resume", "run", "--empathic", "patient", "--import", "other.py", cwd=Path.cwd()).ended()
    assert (other.code, "--import is 'other.py', and run" in other.err) == (2, True)
    assert empa_started(*shlex.split(command), cwd=Path.cwd()).ended().code == 0


@pytest.mark.parametrize(
    "words", [("show", "."), ("replay", "."), ("perturb", "."), ("gate", ".", "."), ("resume", ".")]
)
@pytest.mark.parametrize("name", ["evil.py", "evil"])
def test_no_command_imports_from_the_run_folder_in_which_it_is_started(words: tuple[str, ...], name: str):
    played("--empathic", "scripted:template")
    Path("run/evil.py").write_text("from pathlib import Path\nPath('imported').touch()\n")
    done = empa_started(*words, "--import", name, cwd=Path.cwd() / "run").ended()
    assert (done.code, done.err.count("\n"), Path("run/imported").exists()) == (2, 1, False)


@pytest.mark.parametrize("name", ["run/evil.py", "run.evil"])
def test_nothing_is_imported_from_below_the_run_folder(name: str):
    Path("run").mkdir()
    Path("run/evil.py").write_text("from pathlib import Path\nPath('imported').touch()\n")
    done = empa_started("run", SCENARIO, *AGENT, "--import", name, "--out", "run", cwd=Path.cwd()).ended()
    assert (done.code, done.err.count("\n")) == (2, 1) and "lies below the run folder" in done.err
    assert not Path("imported").exists()
