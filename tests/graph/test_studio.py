from __future__ import annotations

import json
from pathlib import Path

from empa_graph.graph.studio import mermaid, sandbox
from empa_graph.roles.empathic.attribute import load_attribute
from tests.scripted_parts import SCENARIO


async def test_the_studio_sandbox_plays_without_a_key() -> None:
    state = await sandbox().ainvoke({"scenario": SCENARIO.id, "seed": 1})
    assert state["score"].coverage == 1.0 and state["score"].composite > 50.0
    assert {message.speaker for message in state["messages"]} == {"persona", "empathic"}


def test_the_diagram_shows_every_node_and_the_way_back() -> None:
    drawn = mermaid()
    assert all(node in drawn for node in ("persona", "empathic", "evaluator", "score"))
    assert "end_turn -.-> persona" in drawn.replace("&nbsp;", " ")


def test_langgraph_json_names_graphs_that_can_be_built() -> None:
    root = Path(__file__).parents[2]
    graphs = json.loads((root / "langgraph.json").read_text(encoding="utf-8"))["graphs"]
    for spec in graphs.values():
        path, _, attribute = spec.partition(":")
        assert (root / path).is_file()
        module = path.removeprefix("./").removesuffix(".py").replace("/", ".")
        assert callable(load_attribute(f"{module}:{attribute}"))
