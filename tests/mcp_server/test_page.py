"""docs/mcp.md: its code runs, its tools are those that are served, its figures are the bounds, its links lead on."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from empa_graph.mcp_server import asked, desk
from empa_graph.mcp_server.tools import TOOLS
from empa_graph.models.dialogue import LONGEST_REPLY
from tests.command import COMMAND, environment

PAGE = Path(__file__).parents[2] / "docs" / "mcp.md"
TEXT = PAGE.read_text(encoding="utf-8")


def test_its_tools_and_their_arguments_are_those_that_are_served():
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \|", TEXT, re.MULTILINE)
    listed = {name: set(re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", takes))) for name, takes in rows}
    assert listed == {name: set(tool.takes.model_fields) for name, tool in TOOLS.items()}


def test_its_bounds_are_those_that_hold():
    bounds = (LONGEST_REPLY, asked.MOST_MESSAGES, asked.MOST_CHARACTERS, desk.MOST_OPEN, desk.MOST_KEPT)
    said = " ".join(TEXT.split())
    assert [
        bound for bound in bounds if not re.search(rf"\b{bound:,} (characters|messages|conversations|are)", said)
    ] == []
    assert "half an hour" in said and desk.IDLE == 1800.0


@pytest.mark.slow
def test_its_code_runs():
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    env = environment(PATH=f"{Path(COMMAND).parent}{os.pathsep}{os.environ['PATH']}")
    command = [sys.executable, "-c", code.replace("main())", "asyncio.wait_for(main(), 60))")]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=90, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.fullmatch(r"max_turns 0\.\d+\n", done.stdout)


def test_its_client_configuration_is_json():
    (held,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    assert json.loads(held)["mcpServers"]["empa"]["command"] == "empa"


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([\w.-]+\.md)(?:#[\w-]+)?\)", TEXT)
    assert links and [link for link in links if not (PAGE.parent / link).is_file()] == []
