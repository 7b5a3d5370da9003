"""docs/exports.md: its commands and its code do what it says, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command import empa

PAGE = Path(__file__).parents[1] / "docs" / "exports.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_its_export_commands_are_carried_out_as_they_stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    words = ("run", "exam_student", "--empathic", "scripted:expert", "--max-turns", 2, "--out", "runs/demo")
    assert empa(*words).code == 0
    commands = re.findall(r"^    empa (export .+)$", TEXT, re.MULTILINE)
    assert len(commands) == 2
    for command in commands:
        done = empa(*(one.strip("'") for one in re.findall(r"'[^']*'|\S+", command)))
        assert done.code == 0, done.err
    assert (tmp_path / "demo.json").is_file() and (tmp_path / "records" / "data" / "empa-sdt").is_dir()


def test_its_code_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("polars", reason="the polars extra is not installed")
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(code, {})
    assert 0.0 <= float(capsys.readouterr().out) <= 100.0


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([\w.-]+\.md)(?:#[\w-]+)?\)", TEXT)
    assert links and [link for link in links if not (PAGE.parent / link).is_file()] == []
