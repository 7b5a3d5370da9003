"""Agents that are graphs: what they are handed, what they ask by an interrupt, and how they go on with the answer."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
import uuid
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.pregel import Pregel
from langgraph.types import Command, StateSnapshot

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.graph.saver import awaitable
from empa_graph.graph.waiting import finished
from empa_graph.models.config import AgentConfig
from empa_graph.roles.empathic.agents import FunctionEmpathic, compiled
from empa_graph.roles.empathic.reply import INTERRUPT
from empa_graph.roles.empathic.spoken import NEEDED, takes_messages
from empa_graph.roles.empathic.unfit import ALLOWED
from empa_graph.roles.overrides import Overrides, answering

MOST_RESUMED = 5
"""How often a graph is resumed in one turn; one that stops again is interrupted for good."""
_WHOLE = "__root__"
"""The one channel of a graph whose schema names none."""
OnInterrupt = Callable[[Any], Any]
"""From an interrupt's value to the answer that the graph is resumed with; sync or async."""


def adapted(agent: Any, config: AgentConfig, given: Overrides) -> FunctionEmpathic:
    """Return code of the user, a graph, runnable or function, as the agent under test. Raises UsageError."""
    context = config.context if given.context is None else given.context
    initial = config.initial if given.initial is None else given.initial
    answer = given.on_interrupt or answering(_read(config.on_interrupt))
    agent = resumable(built(agent, context, name=config.spec), answer, context=context)
    check_messages(agent)
    if initial is not None:
        check_initial(agent, initial)
    return FunctionEmpathic(agent, speaks=config.speaks, initial=initial, name=config.spec)


def _read(typed: str | None) -> object:
    """Return what was typed read as JSON, or as it is where it is none."""
    try:
        return None if typed is None else json.loads(typed)
    except ValueError:
        return typed


def resumable(agent: Any, on_interrupt: OnInterrupt | None = None, *, context: object = None) -> Any:
    """Return ``agent``, if it is a graph as one whose interrupts are answered by ``on_interrupt``, else as it is.

    A graph is handed ``context`` with every call. Raises UsageError for a graph that cannot be compiled, and for a
    context that does not fit it or that what is no graph cannot take.
    """
    agent = compiled(agent)
    if isinstance(agent, Pregel):
        return _Resumable(agent, on_interrupt, fitted(agent, context))
    if context is not None:
        raise UsageError(f"context is for a graph; the agent is {type(agent).__name__}")
    return agent


def built(agent: Any, context: object = None, *, name: str = "factory") -> Any:
    """Return the graph that ``agent`` makes where it is a factory, as ``langgraph.json`` may name one, else as it is.

    A factory has no parameter, or one for the configuration: called ``config`` or annotated with RunnableConfig. It may
    be async. The fields of a ``context`` are its configurable ones. Raises UsageError where it makes no graph.
    """
    if hasattr(agent, "ainvoke") or not inspect.isroutine(agent):
        return agent
    try:
        parameters = list(inspect.signature(agent).parameters.values())
    except (TypeError, ValueError):
        return agent
    if len(parameters) > 1 or any(p.name != "config" and "RunnableConfig" not in str(p.annotation) for p in parameters):
        return agent
    config = {"configurable": dict(context) if isinstance(context, Mapping) else {}}
    try:
        found = agent(*([config] if parameters else []))
        made = finished(found) if inspect.iscoroutine(found) else found
    except (Exception, SystemExit) as error:
        raise UsageError(f"the agent {name} makes no graph: {type(error).__name__}: {error}"[:400]) from error
    if not hasattr(made, "ainvoke") and not hasattr(made, "add_node"):
        found = f"{name} takes no messages and returned {type(made).__name__}, not a graph"
        raise UsageError(f"the agent {found}; allowed is {ALLOWED}")
    return made


def fitted(graph: Any, context: object) -> Any:
    """Return ``context`` as the graph's ``context_schema`` has it; None is an empty one, as LangGraph's server has it.

    Raises UsageError for fields that are missing, unknown or wrong. What is no mapping is the user's own object.
    """
    schema = getattr(graph, "context_schema", None)
    given = {} if context is None and schema is not None else context
    if not isinstance(given, Mapping) or not isinstance(schema, type):
        return given
    if not (dataclasses.is_dataclass(schema) or hasattr(schema, "model_fields")):
        return given
    fields = inspect.signature(schema).parameters
    unknown = sorted(set(given) - set(fields))
    if unknown and not any(field.kind is field.VAR_KEYWORD for field in fields.values()):
        raise NotFoundError(f"field of {schema.__name__}", unknown[0], fields, where="context")
    try:
        return schema(**given)
    except (TypeError, ValueError) as error:
        why = " ".join(str(error).split())[:300]
        raise UsageError(f"context: the agent's graph takes a {schema.__name__} ({why})") from None


def check_messages(agent: Any) -> None:
    """Raise UsageError for a graph that takes or returns no ``messages``, so far as its schemas say what it does."""
    builder = getattr(agent, "builder", None)
    if builder is None:
        return
    names = [tuple(builder.schemas.get(schema, ())) for schema in (builder.input_schema, builder.output_schema)]
    lacking = [n for n, known in enumerate(names) if known and known != (_WHOLE,) and "messages" not in known]
    if lacking:
        found = [f"{('takes', 'returns')[n]} {', '.join(names[n])[:200]}" for n in lacking]
        raise UsageError(f"the agent's graph {' and '.join(found)}, and no `messages`; {NEEDED}")


def check_initial(agent: Any, initial: Mapping[str, Any]) -> None:
    """Raise UsageError for ``initial`` channels that the agent does not begin from."""
    if "messages" in initial:
        raise UsageError("initial: 'messages' cannot be set there; the conversation is sent there")
    if not hasattr(agent, "ainvoke") or takes_messages(agent):
        raise UsageError(f"initial is for a graph; the agent is {type(agent).__name__}")
    builder = getattr(agent, "builder", None)
    known = builder.schemas[builder.input_schema] if builder is not None else initial
    for name in initial:
        if name not in known:
            raise NotFoundError("input channel", name, [n for n in known if n != "messages"], where="initial")


async def resumption(state: StateSnapshot, answer: OnInterrupt) -> Command[Any] | None:
    """Return what a graph that stopped at ``state`` goes on with; None behind a break that asks nothing."""
    answers = {}
    for asked in state.interrupts:
        found = answer(asked.value)
        answers[asked.id] = await found if inspect.isawaitable(found) else found
    return Command(resume=answers) if answers else None


class _Resumable:
    """A graph that is called as its own root, whatever graph it stands in, and that leaves no interrupt unseen."""

    def __init__(self, graph: Any, answer: OnInterrupt | None, context: Any) -> None:
        self._answer = answer
        self._context = context
        breaks = answer is not None or graph.interrupt_before_nodes or graph.interrupt_after_nodes
        if graph.checkpointer is True or (graph.checkpointer is None and breaks):
            self._graph, self.checkpointer = graph.copy({"checkpointer": InMemorySaver()}), None
        else:
            self._graph, self.checkpointer = graph, graph.checkpointer
        self._awaited = not isinstance(self.checkpointer, BaseCheckpointSaver)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._graph, name)

    async def ainvoke(self, given: Any, config: dict[str, Any] | None = None) -> Any:
        """Return the final state; of a graph that still waits for an answer, or at a break, with its interrupts."""
        if not self._awaited:
            self._graph = await awaitable(self._graph)
            self._awaited = True
        thread = (config or {}).get("configurable", {}).get("thread_id", uuid.uuid4().hex)
        place: Any = {"configurable": {"thread_id": thread}}
        found = await _apart(self._graph.ainvoke(given, config or place, context=self._context))
        if not self._graph.checkpointer:
            return found
        try:
            for resumed in range(MOST_RESUMED + 1):
                state = await self._graph.aget_state(place)
                if not state.next:
                    return found
                if self._answer is None or resumed == MOST_RESUMED:
                    break
                answer = await resumption(state, self._answer)
                found = await _apart(self._graph.ainvoke(answer, place, context=self._context))
            return {INTERRUPT: list(state.interrupts)}
        finally:
            if not self.checkpointer:
                await self._graph.checkpointer.adelete_thread(thread)


async def _apart(call: Coroutine[Any, Any, Any]) -> Any:
    """Await ``call`` in a task of its own: a GeneratorExit of a node would close every coroutine that waits for it."""
    task = asyncio.ensure_future(call)
    try:
        await asyncio.wait({task})
    except asyncio.CancelledError:
        task.cancel()
        await asyncio.wait({task})
        raise
    if isinstance(error := task.exception(), GeneratorExit):
        raise RuntimeError("it raised GeneratorExit") from error
    return task.result()
