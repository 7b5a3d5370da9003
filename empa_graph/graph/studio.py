"""The sandbox for LangGraph Studio and for diagrams: scripted agent, offline evaluator, no key needed."""

from __future__ import annotations

import asyncio
from functools import lru_cache
from typing import Any

from empa_graph.content.library import load_rubric
from empa_graph.cues import CueContext
from empa_graph.cues.coding import coded
from empa_graph.cues.fitting import fitting
from empa_graph.graph.build import build_sandbox
from empa_graph.roles.empathic.graded_agent import answered
from empa_graph.roles.empathic.reference_agents import reference_agent
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona


@lru_cache(maxsize=1)
def sandbox() -> Any:
    """Return the compiled sandbox with the reference agent ``expert``, who answers bundled personas.

    Its input is plain JSON.
    """
    rubric = load_rubric()
    evaluator = CueEvaluator(rubric)
    graph = build_sandbox(
        persona=RulePersona(),
        empathic=reference_agent("expert"),
        evaluator=evaluator,
        rubric=rubric,
    )
    _read_ahead(evaluator)
    return graph.compile(name="empa_sandbox")


def _read_ahead(evaluator: CueEvaluator) -> None:
    """Read what is otherwise read at the first turn: a server forbids that beside its loop."""
    said = "I want to die. The boiler flooded the greenhouse."
    answered((said,))
    coded(said, CueContext(person=(said,)), evaluator.coder)
    fitting((said,), (said,), window=1)


async def graph() -> Any:
    """Return the sandbox, as ``langgraph.json`` names it: made beside the loop, since files are read for it."""
    return await asyncio.to_thread(sandbox)


def drawn() -> Any:
    """Return the drawing of the sandbox, without the node in which failures end, which no edge leads to."""
    found = sandbox().get_graph()
    for name in [name for name in found.nodes if "error_handler" in name]:
        del found.nodes[name]
    found.edges = [edge for edge in found.edges if "error_handler" not in edge.source]
    return found


def mermaid() -> str:
    """Return the sandbox as a Mermaid diagram."""
    diagram: str = drawn().draw_mermaid()
    return diagram


def parts() -> dict[str, list[object]]:
    """Return the names of the sandbox's nodes, and its edges with source, target and whether they are conditional."""
    found = drawn()
    edges = [{"source": e.source, "target": e.target, "conditional": e.conditional} for e in found.edges]
    return {"nodes": list(found.nodes), "edges": edges}
