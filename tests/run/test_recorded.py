from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from empa_graph.content.library import content_folder, judge_prompt, load_rubric
from empa_graph.store.folder import load_run
from tests.command import SCENARIO, empa, personas_with

LINE = "The prompt of my own."


def own_rubric(folder: Path, *, prompt: bool = False, name: str = "own_judge.md") -> Path:
    """Write a copy of the bundled rubric with an id and a prompt of its own, the prompt only if asked for."""
    text = (content_folder("evaluators") / "sdt.yaml").read_text(encoding="utf-8")
    folder.mkdir(exist_ok=True)
    place = folder / "own.yaml"
    place.write_text(text.replace("id: sdt\n", "id: own\n", 1) + f"\njudge_prompt: {name}\n", encoding="utf-8")
    if prompt:
        (folder / name).write_text(f"version: 1\n{LINE}\n", encoding="utf-8")
    return place


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run made in ``tmp_path/work`` with a rubric file there, named as a user does."""
    work = tmp_path / "work"
    own_rubric(work)
    personas_with(work / "cards", "name: Mina Rahimi", "name: Minu Rahimi")
    monkeypatch.chdir(work)
    words = ("--empathic", "scripted:generic", "--max-turns", 2, "--rubric", "own.yaml", "--personas", "cards")
    assert empa("run", SCENARIO, *words, "--out", "runs/one", "--json").code == 0
    return work / "runs" / "one"


@pytest.mark.parametrize("name", ["own_judge.md", "epm_judge.md"])
def test_a_rubric_by_path_finds_its_prompt_beside_it(tmp_path: Path, name: str):
    assert LINE in judge_prompt(load_rubric(own_rubric(tmp_path, prompt=True, name=name)))


def test_a_missing_prompt_matters_only_to_an_evaluator_that_asks_a_judge(tmp_path: Path):
    rubric = own_rubric(tmp_path)
    words = ("run", SCENARIO, "--empathic", "scripted:generic", "--max-turns", 1, "--rubric", rubric, "--json")
    assert empa(*words, "--out", tmp_path / "offline").code == 0
    judging = ("--evaluator", "judge", "--judge", "stub", "--judge-base-url", "http://127.0.0.1:9/v1")
    done = empa(*words, *judging, "--out", tmp_path / "judged")
    assert (done.code, "own_judge.md: cannot be read" in done.err) == (2, True)


def test_a_manifest_with_a_rubric_file_holds_no_more_of_its_place_than_was_typed(played: Path, tmp_path: Path):
    run = load_run(played)
    assert (run.rubric, run.rubric_file) == ("own", "own.yaml")
    assert str(tmp_path) not in run.model_dump_json()


@pytest.mark.parametrize("command", [("replay",), ("perturb", "--kind", "flip")])
@pytest.mark.parametrize("elsewhere", [False, True])
def test_the_rubric_and_the_cards_of_a_run_are_found_again(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...], elsewhere: bool
):
    if elsewhere:
        monkeypatch.chdir(tmp_path)
        own_rubric(tmp_path / "cwd")
    done = empa(command[0], played, *command[1:], "--json")
    assert (done.code, done.err) == (0, "")


def test_another_file_of_that_name_does_not_pass_for_the_rubric(
    played: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shutil.copy(content_folder("evaluators") / "sdt.yaml", tmp_path / "own.yaml")
    monkeypatch.chdir(tmp_path)
    assert empa("replay", played).code == 0
    (played.parent.parent / "own.yaml").unlink()
    done = empa("replay", played)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "own.yaml, has changed since it was played; name one with --rubric" in done.err


def test_a_rubric_file_that_is_gone_is_one_line(played: Path):
    (played.parent.parent / "own.yaml").unlink()
    done = empa("perturb", played)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "own.yaml, is not found from here; name one with --rubric" in done.err
