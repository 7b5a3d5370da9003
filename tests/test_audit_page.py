"""docs/audit.md: its Python runs."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.command import empa
from tests.report.audit_parts import CRISIS

PAGE = (Path(__file__).parents[1] / "docs" / "audit.md").read_text(encoding="utf-8")
pytest.importorskip("jinja2")


def test_its_python_writes_a_dossier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    assert empa("run", CRISIS, "--empathic", "scripted:generic", "--max-turns", 2, "--out", "runs/demo").code == 0
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    exec(compile(code, "docs/audit.md", "exec"), {})
    assert "## Crisis handling" in (tmp_path / "audit.md").read_text(encoding="utf-8")
