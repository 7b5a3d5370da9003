"""Write docs/cli.md from the help of the commands: ``python docs/generate_cli.py``."""

from __future__ import annotations

import re
from pathlib import Path

from typer.testing import CliRunner

from empa_graph.cli.app import app

PAGE = Path(__file__).with_name("cli.md")
_ENVIRONMENT = {"COLUMNS": "100", "TERMINAL_WIDTH": "100", "NO_COLOR": "1", "TERM": "xterm", "LC_ALL": "C.UTF-8"}
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_HEAD = "# The `empa` command\n\nWritten by `python docs/generate_cli.py` from the commands' own help.\n"


def page() -> str:
    """Return the page as the help stands now."""
    names = [command.name or str(getattr(command.callback, "__name__", "")) for command in app.registered_commands]
    inner = [[str(g.name), str(c.name)] for g in app.registered_groups for c in g.typer_instance.registered_commands]
    return _HEAD + "".join(_section(words) for words in ([], *([name] for name in names), *inner))


def _section(words: list[str]) -> str:
    result = CliRunner().invoke(app, [*words, "--help"], prog_name="empa", env=_ENVIRONMENT)
    lines = _COLOUR.sub("", result.output).strip().splitlines()
    text = "\n".join(line.rstrip() for line in lines)
    return f"\n## {' '.join(['empa', *words])}\n\n```text\n{text}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
