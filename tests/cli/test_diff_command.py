from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from empa_graph.cli.diff_command import diff_runs
from empa_graph.cli.display import console
from empa_graph.cli.whole_runs import Asked
from empa_graph.errors import UsageError
from empa_graph.run.place import RunPlace
from tests.records import run


def folder(place: Path, **changes: Any) -> Path:
    place.mkdir()
    (place / "run.json").write_text(run(**changes).model_dump_json(), encoding="utf-8")
    return place


def asked(**answered: str) -> Callable[[RunPlace], Asked]:
    """Read manifests alone; ``answered`` says by role which model did, with the run's name in it."""

    def of(place: RunPlace) -> Asked:
        return Asked(place.run(), {role: (name.format(place.path.name),) for role, name in answered.items()}, {})

    return of


def printed(*runs: Path, **more: Any) -> tuple[int, str]:
    """Return the exit code and what was printed."""
    out, code = io.StringIO(), 0
    with contextlib.redirect_stdout(out), console.capture() as shown:
        try:
            diff_runs(*(RunPlace(str(run)) for run in runs), **{"as_json": False, "read": asked(), **more})
        except typer.Exit as end:
            code = end.exit_code
    return code, out.getvalue() + shown.get()


def test_runs_that_differ_in_the_agent_are_comparable(tmp_path: Path):
    code, told = printed(folder(tmp_path / "a"), folder(tmp_path / "b", agent="another agent"))
    assert code == 0
    assert told.splitlines()[0] == "comparable; fields that differ: 1"
    assert "an agent" in told and "another agent" in told


def test_runs_that_differ_in_nothing_need_no_table(tmp_path: Path):
    assert printed(folder(tmp_path / "a"), folder(tmp_path / "b")) == (0, "comparable; nothing differs\n")


def test_the_first_line_names_what_stands_in_the_way(tmp_path: Path):
    other = folder(tmp_path / "b", evaluator="judge", judges=("openai:m",), seed=3)
    code, told = printed(folder(tmp_path / "a"), other)
    assert code == 1
    assert told.splitlines()[0] == "not comparable: evaluator.name, evaluator.judges"
    assert "stands in the way" in told and "pairing by" in " ".join(told.split())


def test_json_holds_every_difference_whole(tmp_path: Path):
    long = "m" * 300
    code, told = printed(folder(tmp_path / "a"), folder(tmp_path / "b", agent=long, profile="published"), as_json=True)
    found = json.loads(told)
    assert (code, found["comparable"]) == (1, False)
    assert [row["field"] for row in found["blocking"]] == ["evaluator.profile"]
    assert found["other"][0]["right"] == long


def test_a_judge_that_answered_under_another_name_stands_in_the_way(tmp_path: Path):
    left, right = folder(tmp_path / "a"), folder(tmp_path / "b")
    code, told = printed(left, right, read=asked(judge="model-{}"))
    assert code == 1
    assert told.startswith("not comparable: answered.judge")


def test_what_a_manifest_says_cannot_steer_the_terminal(tmp_path: Path):
    _, told = printed(folder(tmp_path / "a"), folder(tmp_path / "b", agent="\x1b[2J[red]gone[/red]"))
    assert "\x1b[2J" not in told
    assert "[red]" in told


def test_a_folder_without_a_run_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="no run here"):
        printed(folder(tmp_path / "a"), tmp_path / "missing")
