"""What the page on versions of a calibration shows is run."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from tests.command import empa

PAGE = (Path(__file__).parents[1] / "docs" / "calibration-updates.md").read_text(encoding="utf-8")


def test_the_commands_of_the_page_say_what_it_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL))
    exec(compile(code, "calibration-updates.md", "exec", dont_inherit=True), {"__name__": "page"})
    every = re.findall(r"^empa (.+)$", PAGE, re.MULTILINE)
    answered, counted = (command for command in every if "--outcomes" in command)
    commands = [command for command in every if "--outcomes" not in command]
    assert len(commands) == 5
    said = []
    for command in commands:
        done = empa(*command.split())
        assert (done.code, done.err) == (0, ""), command
        said.append(done.out)
    shown, known, refused = re.findall(r"```text\n(.*?)```", PAGE, flags=re.DOTALL)
    assert " ".join(said[1].split()).startswith(unhashed(shown, said[1]))
    assert [json.loads(line)["number"] for line in Path("versions.jsonl").read_text().splitlines()] == [1, 2]
    for command, code, line in ((answered, 0, known), (counted, 2, refused)):
        done = empa(*shlex.split(command))
        assert (done.code, done.err) == (code, line), command
    (one,) = map(json.loads, Path("survey.jsonl").read_text().splitlines())
    assert (one["added"]["source"], one["added"]["new"]) == ("outcomes", 10) and not Path("returned.jsonl").exists()
    assert Path("live.csv").read_text().startswith("# Made up")


def unhashed(shown: str, said: str) -> str:
    """Return the page's words with the hash of this version, which hangs on its time."""
    (own,) = re.findall(r"version 2, ([0-9a-f]{12}):", said)
    return " ".join(re.sub(r"version 2, [0-9a-f]{12}:", f"version 2, {own}:", shown).split())
