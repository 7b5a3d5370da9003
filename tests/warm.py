"""Imports and reads what takes long, so that processes forked behind it need not do so."""

from __future__ import annotations

import asyncio
import importlib

from empa_graph.cli.app import command
from empa_graph.content.library import load_rubric, scenarios
from empa_graph.llm.connections import release, shared_client

for _name in (
    "empa_graph.cli.start_run",
    "empa_graph.cli.score_command",
    "empa_graph.cli.watch_command",
    "empa_graph.live.monitor",
    "empa_graph.testing",
    "langgraph.checkpoint.sqlite.aio",
    "psycopg",
    "scipy.stats",
    "tests.live_child",
):
    importlib.import_module(_name)
command()
load_rubric()
scenarios()


async def _a_client() -> None:
    """Make a model's client, with the certificates that all its like share."""
    await release(shared_client("https://model.invalid/v1", "-"))


asyncio.run(_a_client())
