"""Graphs that stop to ask before they reply."""

from __future__ import annotations

from typing import Any

from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.types import interrupt


def asking(*questions: str) -> StateGraph[MessagesState]:
    """A graph that asks each of ``questions`` by an interrupt, then replies with the answers."""

    def ask(state: MessagesState) -> dict[str, Any]:
        return {"messages": [AIMessage(" ".join(str(interrupt(question)) for question in questions))]}

    return StateGraph(MessagesState).add_node("ask", ask).add_edge(START, "ask")


def asking_at_once() -> StateGraph[MessagesState]:
    """A graph of which two nodes ask at once."""

    def ask(question: str) -> Any:
        return lambda state: {"messages": [AIMessage(f"{question} {interrupt(question)}")]}

    both = StateGraph(MessagesState).add_node("one", ask("one?")).add_node("two", ask("two?"))
    return both.add_edge(START, "one").add_edge(START, "two")


def pausing() -> StateGraph[MessagesState]:
    """A graph to be compiled with a break before its node ``say``."""
    return (
        StateGraph(MessagesState)
        .add_node("say", lambda state: {"messages": [AIMessage("Go on.")]})
        .add_edge(START, "say")
    )


asks = asking("May I?").compile()
