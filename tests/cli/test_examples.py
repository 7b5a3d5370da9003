"""Every example of the help and the pages: its options parse, and its models have names; nothing is sent."""

from __future__ import annotations

import inspect
import re
import shlex
from pathlib import Path

import pytest
import typer

from empa_graph.cli.app import app
from empa_graph.llm import resolve_chat
from empa_graph.models.config import AgentConfig
from empa_graph.roles.specs import is_function

GROUP = typer.main.get_command(app)
PAGES = tuple(Path(__file__).parents[2] / name for name in ("README.md", "docs/commands.md"))


def examples() -> list[str]:
    texts = [inspect.getdoc(command.callback) or "" for command in app.registered_commands]
    shown = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    texts += re.findall(r"```sh\n(.*?)```", shown, flags=re.DOTALL)
    found = [re.search(r"(?:^|\| |Example: )empa (.+)$", line.strip()) for text in texts for line in text.splitlines()]
    return list(dict.fromkeys(match[1] for match in found if match))


def models(words: list[str]) -> list[AgentConfig]:
    """Return who an example puts in a model's seat, with its server."""
    command = GROUP.commands[words[0]]  # type: ignore[attr-defined]
    given = command.make_context(words[0], words[1:], resilient_parsing=False).params
    named = [given.get("empathic"), given.get("director"), given.get("voice"), *(given.get("judge") or ())]
    kept = [name for name in named if name not in (None, "card", "rules")]
    return [AgentConfig(spec=name, base_url=given.get("base_url")) for name in kept]


@pytest.mark.parametrize("line", examples())
def test_its_models_have_a_provider(line: str):
    words = [word for word in shlex.split(line, comments=True) if word != "..."]
    piped = next((place for place, word in enumerate(words) if word in ("<", ">")), len(words))
    for one in models(words[:piped]):
        offline = one.spec.startswith(("scripted:", "local"))  # what lies on this machine is another matter
        if not offline and not is_function(one):
            assert resolve_chat(one.spec, base_url=one.base_url, api_key="sk-none").name == one.spec


def test_there_are_examples_with_panels_and_with_servers():
    assert sum("--judge" in line for line in examples()) >= 3
    assert any("--base-url" in line for line in examples())
