"""docs/report.md: its Python runs, and it names every kind of picture."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from empa_graph.report.pictures.drawing import KINDS
from tests.command import SCENARIO, empa

PAGE = (Path(__file__).parents[1] / "docs" / "report.md").read_text(encoding="utf-8")
pytest.importorskip("vl_convert")


def test_its_python_writes_a_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert empa("run", SCENARIO, "--empathic", "scripted:generic", "--max-turns", 2, "--out", "runs/demo").code == 0
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/report.md", "exec"), {})
    assert (tmp_path / "report.html").stat().st_size > 500_000
    assert (tmp_path / "heatmap.svg").read_text(encoding="utf-8").startswith("<svg")


def test_it_names_every_kind_of_picture():
    assert [kind for kind in KINDS if f"`{kind}`" not in PAGE] == []
