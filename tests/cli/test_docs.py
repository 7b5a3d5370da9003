"""docs/cli.md against the commands' help."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

EXPLAINED = (
    "report",
    "plot",
    "runs",
    "view",
    "mcp",
    "compare",
    "diff",
    "outcomes",
    "gate",
    "run",
    "resume",
    "export",
    "verify",
    "audit",
    "list",
    "show",
    "graph",
    "validate",
    "new",
    "segment",
    "suite",
    "score",
    "watch",
    "replay",
    "perturb",
    "correlate",
    "calibrate",
    "check-judge",
    "import-empa",
    "distill",
    "annotate",
    "config show",
    "config check",
)
DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_equals_what_the_help_says_now_on_any_terminal():
    code = f"import runpy; print(runpy.run_path({str(DOCS / 'generate_cli.py')!r})['page'](), end='')"
    terminal = {
        "COLUMNS": "50",
        "FORCE_COLOR": "1",
        "TERM": "dumb",
        "EMPA_API_KEY": "sk-9",
        "PYTHONIOENCODING": "utf-8",
    }
    done = subprocess.run([sys.executable, "-c", code], env={**os.environ, **terminal}, capture_output=True, check=True)
    page = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert done.stdout.decode() == page, "run: python docs/generate_cli.py"


def test_every_command_has_an_example_or_needs_none():
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in text.split("\n## ")[1:]}
    assert set(sections) == {"empa", *(f"empa {name}" for name in (*EXPLAINED, "version"))}
    for name in EXPLAINED:
        assert "Example" in sections[f"empa {name}"]


def test_the_commands_without_json_are_named_and_those_of_json_lines_say_so():
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    sections = {part.split("\n", 1)[0]: part for part in text.split("\n## ")[1:]}
    top = (DOCS / "commands.md").read_text(encoding="utf-8").split("\n## ")[0]
    named = re.findall("`(empa .*?)`", top.split("It is not there for ")[1])
    assert {name for name in sections if "--json" not in sections[name]} == {"empa", *named}
    assert {name for name in sections if "JSON Lines" in sections[name]} >= {"empa run", "empa resume"}


def test_no_help_shows_a_type_of_python():
    assert not re.findall(r"<[a-z][a-z \[\]|]*>", (DOCS / "cli.md").read_text(encoding="utf-8"))


def test_a_flag_has_nothing_beside_its_name_and_a_number_has_its_range():
    text = (DOCS / "cli.md").read_text(encoding="utf-8")
    assert re.search(r"│ --json +Print JSON Lines: ", text)
    assert re.search(r"│ --repeats +N \[1<=x<=1000\] +Episodes per ", text)
