"""Extra roles as a user writes them, and a graph that is handed what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypedDict

from langchain_core.messages import AIMessage
from langchain_core.runnables import RunnableConfig
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.runtime import Runtime

from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Note
from empa_graph.roles.views import ObserverWrite


class Conversation(TypedDict):
    messages: list[Message]


async def reader(view: Conversation) -> ObserverWrite:
    last = view["messages"][-1]
    return ObserverWrite(notes=[Note(author="reader", turn=last.turn, content=f"{sorted(view)} {last.content}")])


class Counting:
    async def __call__(self, view: Conversation) -> ObserverWrite:
        turn = view["messages"][-1].turn
        return ObserverWrite(notes=[Note(author="counting", turn=turn, content=str(len(view["messages"])))])


async def without_contract(view):  # type: ignore[no-untyped-def]  # the point of it
    return {}


@dataclass
class Who:
    user: str


class Told(MessagesState):
    language: str


def making(user: str = "") -> Any:
    def say(state: Told, runtime: Runtime[Who]) -> dict[str, Any]:
        return {"messages": [AIMessage(f"{user}{runtime.context.user} {state['language']}")]}

    return StateGraph(Told, context_schema=Who).add_node("say", say).add_edge(START, "say")


told = making().compile()


def make_graph(config: RunnableConfig) -> Any:
    return making(f"{config['configurable']['user']}, ").compile()


async def make_later(settings: RunnableConfig) -> Any:
    return making()


def make_plain() -> Any:
    return making("made ")


def make_nothing() -> str:
    return "no graph"


def make_badly(config: Any) -> Any:
    raise KeyError("model")
