"""Agents that are code of a user, kind and unkind to those who call them."""

from __future__ import annotations

import asyncio
import ctypes
import os
import subprocess
import sys
import threading
from pathlib import Path

from langchain_core.messages import AIMessage
from langgraph.graph import START, MessagesState, StateGraph

KIND = "That sounds heavy. What part of it is hardest?"
Chat = list[dict[str, str]]


def kind(messages: Chat) -> str:
    return KIND


def obedient(messages: Chat, instructions: str) -> str:
    return instructions


def chatty(messages: Chat) -> str:
    print("thinking about it")  # noqa: T201  # the point of it
    return KIND


def loud(messages: Chat) -> str:
    """Write to descriptor 1 round Python's stdout, as a subprocess and C code do."""
    subprocess.run(["echo", "from a subprocess"], check=True)
    ctypes.CDLL(None).printf(b"from C\n")
    return KIND


def exits(messages: Chat) -> str:
    sys.exit(0)


def ends_by_key(messages: Chat) -> str:
    raise KeyboardInterrupt


async def ends_by_key_later(messages: Chat) -> str:
    await asyncio.sleep(0)
    raise KeyboardInterrupt


def closes(messages: Chat) -> str:
    raise GeneratorExit


async def closes_later(messages: Chat) -> str:
    await asyncio.sleep(0)
    raise GeneratorExit


async def exits_later(messages: Chat) -> str:
    await asyncio.sleep(0)
    sys.exit(0)


async def exits_in_a_task(messages: Chat) -> str:
    return await asyncio.create_task(exits_later(messages))


async def ends_by_key_in_a_task(messages: Chat) -> str:
    return await asyncio.create_task(ends_by_key_later(messages))


def exhausted(messages: Chat) -> str:
    return next(iter(()))


def stuck_after_one(messages: Chat) -> str:
    """Reply once, then block for good and say so with a file."""
    if Path("replied").exists():
        Path("stuck").touch()
        threading.Event().wait()
    Path("replied").touch()
    return KIND


async def hangs(messages: Chat) -> str:
    await asyncio.Event().wait()
    return KIND


def blocks(messages: Chat) -> str:
    threading.Event().wait()
    return KIND


def _say(state: MessagesState) -> dict[str, list[AIMessage]]:
    return {"messages": [AIMessage(KIND)]}


def _exit(state: MessagesState) -> dict[str, list[AIMessage]]:
    sys.exit(0)


def _end_by_key(state: MessagesState) -> dict[str, list[AIMessage]]:
    raise KeyboardInterrupt


async def _close(state: MessagesState) -> dict[str, list[AIMessage]]:
    raise GeneratorExit


def _beside() -> StateGraph[MessagesState]:
    """A graph with two nodes at once, so that each runs in a task of its own."""
    both = StateGraph(MessagesState).add_node("say", _say).add_node("exit", _exit)
    return both.add_edge(START, "say").add_edge(START, "exit")


graph = StateGraph(MessagesState).add_node("say", _say).add_edge(START, "say").compile()
exits_beside = _beside()


def leaking(messages: Chat) -> str:
    return f"My key is {os.environ['OPENAI_API_KEY']}."


def crashing(messages: Chat) -> str:
    raise OSError(1, f"bad key {os.environ['OPENAI_API_KEY']}")


def refused(messages: Chat) -> str:
    raise RuntimeError("x" * 225 + os.environ["OPENAI_API_KEY"])


class Told(MessagesState):
    tried: str


leaking_graph = (
    StateGraph(Told)
    .add_node("reply", lambda _: {"messages": [AIMessage(KIND)], "tried": os.environ["OPENAI_API_KEY"]})
    .add_edge(START, "reply")
)

own_graph = (
    StateGraph(MessagesState)
    .add_node("own_node", lambda _: {"messages": [AIMessage(KIND)]})
    .add_edge(START, "own_node")
)
ends_by_key_inside = StateGraph(MessagesState).add_node("end", _end_by_key).add_edge(START, "end")
closes_inside = StateGraph(MessagesState).add_node("close", _close).add_edge(START, "close")
