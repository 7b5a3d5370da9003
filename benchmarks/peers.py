"""The loop of `throughput` as Inspect plays it, in an environment of its own: the same requests, the same server."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from loads import ROLES, Work, recorded

from empa_graph.llm.schema import response_format

ROOT = Path(__file__).parents[1]
FOLDER = Path(tempfile.gettempdir()) / "empa-peers"
NAME = "inspect_ai"


def peer(work: Work) -> dict[str, float]:
    """Return what Inspect needs for ``work``, its logs on."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "requests.json"
        file.write_text(json.dumps(asyncio.run(_requests(work))), encoding="utf-8")
        loop = Path(__file__).parent / "inspect_loop.py"
        words = map(str, (environment(), loop, file, work.url, work.episodes, work.turns, Path(folder) / "logs"))
        done = subprocess.run([*words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"{NAME}: {(done.stderr.strip().splitlines() or ['no word'])[-1]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


async def _requests(work: Work) -> dict[str, list[object]]:
    """Return what every role sends in one episode: the messages, and the form of the answer."""
    recorders = await recorded(work)
    for recorder in recorders.values():
        await recorder.chat.aclose()
    return {
        role: [
            ([{"role": p.role, "content": p.content} for p in prompts], schema and response_format(schema))
            for prompts, schema in recorders[role].kept
        ]
        for role in ROLES
    }


def environment() -> Path:
    """Return the Python of an environment that has Inspect, made where there is none yet."""
    python = FOLDER / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", FOLDER], check=True)
    if subprocess.run([python, "-c", f"import {NAME}, openai"], capture_output=True, check=False).returncode != 0:
        pinned = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
        (wanted,) = (line for line in pinned if line.startswith("inspect-ai="))
        subprocess.run([python, "-m", "pip", "install", "--quiet", wanted, "openai"], check=True)
    return python


def version_of_peer() -> str:
    """Return the version of Inspect in its environment."""
    code = "from importlib.metadata import version; print(version('inspect-ai'))"
    return subprocess.run([environment(), "-c", code], capture_output=True, text=True, check=True).stdout.strip()
