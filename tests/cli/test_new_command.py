"""``empa new``: what it writes is valid and small, its printed commands run, and it writes over nothing."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from empa_graph.cli.new_command import SUFFIX
from empa_graph.content.library import load_rubric, persona_files
from empa_graph.content.registry import REGISTRY
from empa_graph.content.validation import shared_text
from empa_graph.roles.empathic.attribute import load_attribute
from empa_graph.store.folder import episodes
from empa_graph.testing import check_evaluator, check_persona, check_role, check_rubric
from tests.command import empa


@pytest.fixture(autouse=True)
def working_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with REGISTRY.scratch():
        yield tmp_path


def made(kind: str, *words: object) -> list[str]:
    """Make a new ``kind`` called ``own_one`` and return the commands that are printed."""
    done = empa("new", kind, "own_one", *words)
    assert (done.code, done.err) == (0, "")
    commands = [line.strip() for line in done.out.splitlines() if line.startswith("  empa ")]
    assert len(commands) == 2
    return commands


@pytest.mark.parametrize("out", ["", "some where/deep/own_one"])
@pytest.mark.parametrize("kind", SUFFIX)
def test_the_commands_that_it_prints_run(kind: str, out: str):
    for command in made(kind, *(["--out", out + SUFFIX[kind]] if out else [])):
        done = empa(*shlex.split(command)[1:])
        assert (done.code, done.err) == (0, ""), command
    for folder in Path("runs").iterdir() if Path("runs").exists() else ():
        for episode in episodes(folder):
            assert (episode.failure, episode.score is None) == (None, False)


def test_the_persona_is_sound_and_shares_no_words_with_the_bundled_ones():
    made("persona")
    check_persona("own_one.yaml")
    assert shared_text([*persona_files(), Path("own_one.yaml")]) == []
    [row] = json.loads(empa("list", "--personas", "own_one.yaml", "--json").out)
    assert row["id"] == "own_one/own_up"


def test_the_rubric_is_short_tells_listening_from_harm_and_needs_no_prompt():
    made("rubric")
    assert len(Path("own_one.yaml").read_text(encoding="utf-8").splitlines()) <= 40
    assert load_rubric("own_one.yaml").judge_prompt is None
    check_rubric("own_one.yaml")


def test_the_python_files_pass_the_checks_of_their_kinds_and_are_short():
    for kind in ("evaluator", "role"):
        made(kind, "--out", f"{kind}.py")
        assert len(Path(f"{kind}.py").read_text(encoding="utf-8").splitlines()) <= 25
    check_evaluator(load_attribute("evaluator.py:OwnOneJudge"))
    check_role(load_attribute("role.py:own_one"), "own_one")


def test_the_role_leaves_a_note_on_a_reply_that_asks_nothing():
    words = shlex.split(made("role")[0])[1:]
    Path("agent.py").write_text("def reply(messages):\n    return 'That sounds heavy.'\n")
    assert empa(*words[:-1], "agent.py:reply", "--max-turns", 2, "--out", "run").code == 0
    [episode] = episodes(Path("run"))
    assert [(note.author, note.turn) for note in episode.notes] == [("own_one", 1), ("own_one", 2)]


def test_nothing_is_written_over():
    Path("own_one.yaml").write_text("mine")
    done = empa("new", "rubric", "own_one")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.startswith("empa: own_one.yaml: is there already")
    assert Path("own_one.yaml").read_text() == "mine"


def test_json_names_files_and_commands():
    done = empa("new", "rubric", "own_one", "--out", "mine/", "--json")
    found = json.loads(done.out)
    assert found["files"] == ["mine/own_one.yaml"]
    assert all("mine/own_one.yaml" in command for command in found["try"])


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("person", "own_one"), "unknown kind of starting file 'person'. Did you mean 'persona'?"),
        (("persona", "Own"), "'Own': a name has small letters"),
        (("role", "../own"), "'../own': a name has small letters"),
        (("role", "o"), "'o': a name has small letters"),
        (("role", "class"), "'class' is a word of Python; choose another name"),
        (("role", "list"), "'list' is a word of Python; choose another name"),
        (("role", "director"), "the name 'director' is taken (empa list roles shows all)"),
        (("evaluator", "cues"), "the name 'cues' is taken (empa list evaluators shows all)"),
        (("rubric", "sdt"), "the name 'sdt' is taken (empa list rubrics shows all)"),
        (("persona", "exam_student"), "the name 'exam_student' is taken (empa list personas shows all)"),
        (("persona", "own_one", "--out", "other.yaml"), "--out other.yaml: the file of a persona bears its name: own"),
        (("role", "own_one", "--out", "own.yaml"), "--out own.yaml: a file of this kind ends in .py"),
        (("role", "own_one", "--out", "file/x.py"), "file/x.py: cannot be written ("),
    ],
)
def test_what_cannot_be_made_is_one_line_and_no_file(working_folder: Path, words: tuple[str, ...], line: str):
    Path("file").touch()
    done = empa("new", *words)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"empa: {line}")
    assert [path.name for path in working_folder.iterdir()] == ["file"]


SPEC = """about: An example.
scenarios: 2
candidates: 4
shares: {context: {casual: 1}, matter: {work: 0.5, money: 0.5}}
"""


def test_scenarios_of_a_specification_are_written_checked_and_can_be_played(tmp_path: Path):
    spec, out = tmp_path / "spec.yaml", tmp_path / "generated"
    spec.write_text(SPEC, encoding="utf-8")
    done = empa("new", "scenarios", "--spec", spec, "--out", out, "--json")
    found = json.loads(done.out)
    assert (done.code, done.err, found["wanted"], found["drawn"]) == (0, "", 2, 4)
    assert 1 <= len(found["scenarios"]) <= 2
    assert {path.name for path in out.iterdir()} >= {"scenarios", "graded", "checks.json", "checks.md", "report.md"}
    assert empa("validate", out / "scenarios").code == 0
    names = [one["id"] for one in found["scenarios"]]
    words = ("run", names[0], "--personas", out / "scenarios", "--empathic", "scripted:generic", "--max-turns", 2)
    assert empa(*words, "--out", tmp_path / "run").code == 0
    again = empa("new", "scenarios", "--spec", spec, "--out", out)
    assert again.code == 2 and "nothing is written over it" in again.err


def test_a_wrong_specification_or_use_is_one_line(tmp_path: Path):
    spec = tmp_path / "spec.yaml"
    spec.write_text(SPEC.replace("0.5, money", "0.4, money"), encoding="utf-8")
    for words, told in (
        (("scenarios", "--spec", spec, "--out", tmp_path / "o"), "shares sum to 0.9, allowed is 1"),
        (("scenarios", "--out", tmp_path / "o"), "scenarios need --spec FILE.yaml"),
        (("scenarios", "--spec", spec), "scenarios need --out FOLDER"),
        (("scenarios", "a_name", "--spec", spec, "--out", tmp_path / "o"), "have no name"),
        (("persona", "piano_tuner", "--spec", spec), "--spec is for scenarios"),
        (("persona",), "needs a name"),
    ):
        done = empa("new", *words)
        assert done.code == 2 and told in done.err and len(done.err.splitlines()) == 1, done.err
    assert not (tmp_path / "o").exists()
