"""What the page on agreement with people shows is run."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from empa_graph.models.calibration import Calibration
from tests.command import empa

PAGE = (Path(__file__).parents[1] / "docs" / "correlate.md").read_text(encoding="utf-8")


def test_what_the_page_shows_runs_on_the_ratings_that_it_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    written, asked = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    exec(compile(written, "correlate.md", "exec", dont_inherit=True), {"__name__": "page"})
    exec(compile(asked, "correlate.md", "exec", dont_inherit=True), {"__name__": "page"})
    said = capsys.readouterr().out.splitlines()
    assert [line.split()[:3] for line in said] == [["composite", "support", "12"], ["length", "support", "12"]]
    commands = re.findall(r"^empa (.+)$", PAGE, re.MULTILINE)
    assert len(commands) == 5
    for command in commands:
        done = empa(*command.split())
        assert (done.code, done.err) == (0, ""), command
    assert Path("agreement.svg").stat().st_size > 1_000 and Path("rows.jsonl").stat().st_size > 1_000
    found = Calibration.model_validate_json(Path("calibration.json").read_text(encoding="utf-8"))
    assert found.fitted is not None and found.corrections["composite"].n == 12


def test_the_line_on_the_page_is_a_rated_conversation(tmp_path: Path):
    (line,) = re.findall(r"```json\n(.*?)```", PAGE, flags=re.DOTALL)
    (tmp_path / "r.jsonl").write_text(line, encoding="utf-8")
    shown = json.loads(empa("correlate", tmp_path / "r.jsonl", "--json").out)
    assert shown["rows"] == 1 and set(shown["raters"]) == {"support", "felt"}


def test_no_links_of_the_page_lead_nowhere():
    docs = Path(__file__).parents[1]
    named = re.findall(r"(?:docs|tests)/[\w/.-]+\.\w+", PAGE)
    assert named and all((docs / name).is_file() for name in named)
