"""Imports and reads what takes long, so that processes forked behind it need not do so."""

from __future__ import annotations

import importlib

from empa_graph.cli.app import command
from empa_graph.library import load_rubric, scenarios

for _name in (
    "empa_graph.cli.play",
    "empa_graph.cli.resume",
    "empa_graph.cli.score",
    "empa_graph.cli.watch",
    "empa_graph.graph.live",
    "empa_graph.llm.thin",
    "empa_graph.testing",
    "langgraph.checkpoint.sqlite.aio",
    "openai.resources.chat.completions",
    "psycopg",
    "scipy.stats",
    "tests.live_child",
):
    importlib.import_module(_name)
command()
load_rubric()
scenarios()
