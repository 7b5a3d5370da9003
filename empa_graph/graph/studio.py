"""The sandbox for LangGraph Studio and for diagrams: scripted agent, offline evaluator, no key needed."""

from __future__ import annotations

from typing import Any

from empa_graph.graph.build import build_sandbox
from empa_graph.library import load_rubric
from empa_graph.roles.evaluator import CueEvaluator
from empa_graph.roles.persona import RulePersona
from empa_graph.roles.scripted import ScriptedEmpathic


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
