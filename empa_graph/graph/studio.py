"""The sandbox for LangGraph Studio and for diagrams: scripted agent, offline evaluator, no key needed."""

from __future__ import annotations

from typing import Any

from empa_graph.content.library import load_rubric
from empa_graph.graph.build import build_sandbox
from empa_graph.roles.empathic.scripted import ScriptedEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.role import RulePersona


def sandbox() -> Any:
    """Return the compiled sandbox with the ``skilled`` reference agent; its input is `start_state`."""
    rubric = load_rubric()
    graph = build_sandbox(
        persona=RulePersona(),
        empathic=ScriptedEmpathic("skilled"),
        evaluator=CueEvaluator(rubric),
        stop=rubric.stop,
    )
    return graph.compile(name="empa_sandbox")


def mermaid() -> str:
    """Return the sandbox as a Mermaid diagram."""
    diagram: str = sandbox().get_graph().draw_mermaid()
    return diagram


def parts() -> dict[str, list[object]]:
    """Return the names of the sandbox's nodes, and its edges with source, target and whether they are conditional."""
    drawn = sandbox().get_graph()
    edges = [{"source": e.source, "target": e.target, "conditional": e.conditional} for e in drawn.edges]
    return {"nodes": list(drawn.nodes), "edges": edges}
