"""The ``empa`` command for tests, in this process."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

from empa_graph.cli import main
from empa_graph.content.library import content_folder

COMMAND = str(Path(sys.executable).with_name("empa"))
SCENARIO = "exam_student/reduce_stress"


class Outcome(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Every line of stdout as JSON."""
        return [json.loads(line) for line in self.out.splitlines()]


def empa(*words: object) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with redirect_stdout(out), redirect_stderr(err):
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            code = int(end.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "COLUMNS": "120", **more}


def personas_with(folder: Path, old: str, new: str) -> Path:
    """Write the bundled exam student to ``folder`` with ``old`` replaced once."""
    text = (content_folder("personas") / "exam_student.yaml").read_text(encoding="utf-8")
    assert old in text
    folder.mkdir(exist_ok=True)
    (folder / "exam_student.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    return folder


def line_of(file: Path, text: str) -> int:
    return next(n for n, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if text in line)


def half(messages: list[dict[str, str]]) -> str:
    """An agent that answers with half a character."""
    return "\ud83d"
