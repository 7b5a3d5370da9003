"""The sandbox on a real LangGraph server: ``langgraph dev`` on loopback, without --allow-blocking."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
LANGGRAPH = Path(sys.executable).with_name("langgraph")
SECONDS = 90.0
INPUT = {"scenario": "exam_student/reduce_stress", "seed": 0, "variant": "baseline"}
pytestmark = [pytest.mark.slow, pytest.mark.skipif(not LANGGRAPH.exists(), reason="the extra studio is not installed")]


def asked(url: str, body: object = None) -> bytes:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=SECONDS) as answer:
        found: bytes = answer.read()
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("dev")
    graphs = {"sandbox": f"{ROOT}/empa_graph/graph/studio.py:graph"}
    (folder / "langgraph.json").write_text(json.dumps({"dependencies": [str(ROOT)], "graphs": graphs}))
    port, log = free_port(), folder / "log"
    words = [str(LANGGRAPH), "dev", "--no-browser", "--no-reload", "--host", "127.0.0.1", "--port", str(port)]
    settings = {"LANGGRAPH_CLI_NO_ANALYTICS": "1", "LANGSMITH_TRACING": "false", "PYTHONPATH": str(ROOT)}
    with log.open("wb") as out:
        process = subprocess.Popen(words, cwd=folder, env=os.environ | settings, stdout=out, stderr=out)
        try:
            wait_for(f"http://127.0.0.1:{port}/ok", process, log)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            process.wait(SECONDS)
            shutil.rmtree(folder, ignore_errors=True)


def wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            asked(url)
            return
        except (urllib.error.URLError, ConnectionError):
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-3000:])


def test_its_schemas_are_served(server: str):
    (assistant,) = json.loads(asked(f"{server}/assistants/search", {}))
    schemas: dict[str, Any] = json.loads(asked(f"{server}/assistants/{assistant['assistant_id']}/schemas"))
    assert {"scenario", "seed", "variant", "finished"} <= set(schemas["input_schema"]["properties"])
    assert {"messages", "latent", "ending", "score", "unscored"} <= set(schemas["output_schema"]["properties"])
    assert "number" in schemas["context_schema"]["properties"]


def test_plain_json_is_played_to_a_scored_episode(server: str):
    episode = json.loads(asked(f"{server}/runs/wait", {"assistant_id": "sandbox", "input": INPUT}))
    assert episode["ending"] in ("converged", "max_turns", "collapsed", "left")
    assert 0 <= episode["score"]["composite"] <= 100
    assert episode["messages"][0]["turn"] == 1


def test_a_stream_tells_of_each_turn_and_ends_with_the_score(server: str):
    body = {"assistant_id": "sandbox", "input": INPUT, "stream_mode": ["custom", "updates"]}
    lines = asked(f"{server}/runs/stream", body).decode().splitlines()
    events = list(zip(*(iter(line for line in lines if line.startswith(("event: ", "data: "))),) * 2, strict=True))
    turns = [json.loads(data[6:])["turn"] for event, data in events if event == "event: custom"]
    assert turns == list(range(1, len(turns) + 1))
    assert "score" in json.loads(events[-1][1][6:])


def test_an_input_that_leads_nowhere_is_an_error_of_the_run(server: str):
    wrong = {"assistant_id": "sandbox", "input": {"scenario": "exam_studnet/reduce_stress"}}
    found = json.loads(asked(f"{server}/runs/wait", wrong))
    assert found["__error__"]["error"] == "NotFoundError"
