"""docs/cli.md against the commands' help."""

from __future__ import annotations

import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

EXPLAINED = (
    "diff",
    "gate",
    "run",
    "resume",
    "export",
    "verify",
    "list",
    "show",
    "graph",
    "validate",
    "score",
    "watch",
    "replay",
    "perturb",
    "import-empa",
)
DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_equals_what_the_help_says_now():
    page = runpy.run_path(str(DOCS / "generate_cli.py"))["page"]()
    assert (DOCS / "cli.md").read_text(encoding="utf-8") == page, "run: python docs/generate_cli.py"


@pytest.mark.parametrize("terminal", [{"COLUMNS": "50"}, {"FORCE_COLOR": "1", "TERM": "dumb", "EMPA_API_KEY": "sk-9"}])
def test_the_page_does_not_depend_on_the_terminal(terminal: dict[str, str]):
    code = f"import runpy; print(runpy.run_path({str(DOCS / 'generate_cli.py')!r})['page'](), end='')"
    env = {**os.environ, **terminal, "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, check=True)
    assert done.stdout.decode() == (DOCS / "cli.md").read_text(encoding="utf-8")


def test_every_command_has_an_example_or_needs_none():
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in text.split("\n## ")[1:]}
    assert set(sections) == {"empa", *(f"empa {name}" for name in (*EXPLAINED, "version"))}
    for name in EXPLAINED:
        assert "Example" in sections[f"empa {name}"]
