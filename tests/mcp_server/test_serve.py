"""``empa mcp`` as a client of the official SDK finds it: over standard input and output, in a process of its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, StdioServerParameters

from empa_graph import play_async
from tests.command import COMMAND, SCENARIO, empa, environment

pytestmark = pytest.mark.slow
REPLY = "Organic chemistry on Thursday, and the same page over and over. No wonder you are tired. What is hardest?"
HELD = [
    {"role": "user", "content": "I failed my exam and cannot sleep."},
    {
        "role": "assistant",
        "content": "It makes sense that you cannot sleep after failing your exam. What went through your mind?",
    },
]


@asynccontextmanager
async def client(*words: str) -> AsyncIterator[Client]:
    server = StdioServerParameters(command=COMMAND, args=["mcp", *words], env=environment())
    async with Client(server, read_timeout_seconds=60.0) as found:
        yield found


async def asked(server: Client, name: str, **arguments: object) -> dict[str, Any]:
    found = await server.call_tool(name, arguments)
    assert not found.is_error, found.content
    assert json.loads(found.content[0].text) == found.structured_content  # type: ignore[union-attr]
    return found.structured_content  # type: ignore[no-any-return]


async def refused(server: Client, name: str, **arguments: object) -> str:
    found = await server.call_tool(name, arguments)
    assert found.is_error and found.structured_content is None
    (said,) = found.content
    assert "\n" not in said.text and "Traceback" not in said.text  # type: ignore[union-attr]
    return said.text  # type: ignore[union-attr,no-any-return]


async def test_a_whole_conversation_is_played_and_scored():
    async with client("--max-turns", "3") as server:
        tools = {tool.name: tool for tool in (await server.list_tools()).tools}
        assert set(tools) == {"list_scenarios", "show_scenario", "start", "reply", "result", "score"}
        assert set(tools["start"].input_schema["properties"]) == {"scenario", "seed"}
        scenarios = (await asked(server, "list_scenarios"))["scenarios"]
        assert len(scenarios) == 36 and await asked(server, "show_scenario", scenario=SCENARIO) in scenarios
        said = await asked(server, "start", scenario=SCENARIO, seed=7)
        number, words = said["conversation"], []
        while not said["ended"]:
            words.append(said["person"])
            said = await asked(server, "reply", conversation=number, text=REPLY)
        result = await asked(server, "result", conversation=number)
    same = await play_async(SCENARIO, lambda messages: REPLY, seed=7, max_turns=3)
    assert words == [message.content for message in same.messages if message.speaker == "persona"]
    assert same.score is not None and result["score"] == same.score.model_dump(mode="json")
    assert result["latent"]["positions"] == [list(point) for point in same.latent.positions]


async def test_a_conversation_that_was_held_elsewhere_is_read():
    async with client() as server:
        found = await asked(server, "score", messages=HELD)
        assert found["coverage"] == 1.0 and 0.0 <= found["support"]["value"] <= 1.0
        (turn,) = found["turns"]
        assert {"validating", "eliciting"} <= {code["behaviour"] for code in turn["codes"]}
        assert all(code["evidence"] in HELD[1]["content"] for code in turn["codes"])
        assert found["guards"]["replies"] == 1 and "latent" not in found


async def test_what_is_refused_is_one_line_and_the_server_goes_on():
    async with client("--max-turns", "1") as server:
        number = (await asked(server, "start", scenario=SCENARIO))["conversation"]
        for name, arguments, why in (
            ("start", {"scenario": "exam_student/reduce_stres"}, "Did you mean 'exam_student/reduce_stress'?"),
            ("start", {"scenario": "../../etc/passwd"}, "unknown scenario"),
            ("start", {"scenario": SCENARIO, "evaluator": "judge"}, "unknown argument 'evaluator'"),
            ("start", {"scenario": SCENARIO, "base_url": "http://127.0.0.1:1"}, "unknown argument 'base_url'"),
            ("reply", {"conversation": number, "text": "x" * 20_001}, "text: "),
            ("reply", {"conversation": "0" * 16, "text": "x"}, "no conversation"),
            ("result", {"conversation": number}, "has not ended"),
            ("score", {"messages": HELD[:1]}, "messages: "),
            ("score", {"messages": [HELD[0], HELD[0]]}, "no assistant message"),
            ("score", {"messages": [{**HELD[0], "content": "x" * 20_000}] * 11}, "allowed are 200,000"),
            ("run", {"command": "ls"}, "unknown tool 'run'"),
        ):
            assert why in await refused(server, name, **arguments), name
        assert (await asked(server, "reply", conversation=number, text=REPLY))["ended"]
        assert "has ended" in await refused(server, "reply", conversation=number, text=REPLY)


def test_a_model_is_named_on_the_command_line_with_what_it_may_cost():
    done = empa("mcp", "--evaluator", "judge", "--judge", "openai:gpt-5-mini", "--api-key", "sk-1")
    assert done.code == 2 and done.err.startswith("empa: --max-cost: say what all conversations may cost together")
    assert done.err.count("\n") == 1


HIDDEN = """
import importlib.util

found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *more: None if name == "mcp" else found(name, *more)
"""


def test_without_the_sdk_one_line_names_the_extra(tmp_path: Path):
    (tmp_path / "sitecustomize.py").write_text(HIDDEN, encoding="utf-8")
    env = environment(PYTHONPATH=str(tmp_path))
    done = subprocess.run([COMMAND, "mcp"], env=env, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "empa: empa mcp needs the MCP SDK: pip install 'empa-graph[mcp]'\n"
