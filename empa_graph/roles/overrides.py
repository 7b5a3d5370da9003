"""What is handed over from Python in the place of words: agents, evaluators, voices, chats, answers."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from empa_graph.errors import UsageError
from empa_graph.llm import Chat
from empa_graph.models.rubric import Rubric
from empa_graph.roles.persona.rule_persona import Voice
from empa_graph.roles.views import After, EmpathicView, EmpathicWrite, EvaluatorRole, Role


class Overrides(NamedTuple):
    """What takes its seat as it is, in the place of a configuration's words; a chat becomes the role of its seat."""

    agent: Any = None
    """A function of the messages, a runnable, a graph, a role or a chat."""
    evaluator: EvaluatorRole | None = None
    judges: tuple[str | Chat, ...] = ()
    """In the order of the configuration's, which are their names."""
    support_judge: Chat | None = None
    director: Role | Chat | None = None
    voice: Voice | Chat | None = None
    extra: Mapping[str, After] = MappingProxyType({})
    rubric: Rubric | None = None
    on_interrupt: Callable[[Any], Any] | None = None
    """What answers the interrupts of an agent that is a graph."""
    context: Any = None
    """The runtime context of an agent that is a graph: a mapping, or an object of its schema."""
    initial: Mapping[str, Any] | None = None


NOTHING = Overrides()


def handed(
    agent: Any = None,
    *,
    evaluator: Any = None,
    judge: Any = None,
    support_judge: Any = None,
    director: Any = None,
    voice: Any = None,
    extra: Any = None,
    rubric: Any = None,
    **call: Any,
) -> tuple[dict[str, object], Overrides]:
    """Return the settings that name what was given, by their dotted names, and what was given as an object.

    ``call`` is how a graph is called (on_interrupt, context, initial). Raises UsageError for what can take no seat.
    """
    judges = _judges(judge, evaluator)
    _check(evaluator, "evaluator", "a name, or an evaluator made with its rubric", call=True)
    _check(support_judge, "support_judge", "a model's name, or a Chat", Chat)
    _check(director, "director", "a name, a role, or a Chat", Chat, call=True)
    _check(voice, "voice", "a name, a Voice (name and say), or a Chat", Voice, Chat)
    _check(rubric, "rubric", "a name, a file, or a Rubric", Path, Rubric)
    given = Overrides(
        agent=_checked_agent(agent),
        evaluator=_object(evaluator),
        judges=judges if any(isinstance(one, Chat) for one in judges) else (),
        support_judge=_object(support_judge),
        director=_object(director),
        voice=_object(voice),
        extra=_extra(extra) if isinstance(extra, Mapping) else {},
        rubric=rubric if isinstance(rubric, Rubric) else None,
        **{**call, "on_interrupt": answering(call.get("on_interrupt"))},
    )
    words: dict[str, object] = {
        "agent.spec": called(agent),
        "evaluator.name": called(evaluator),
        "evaluator.judges": tuple(called(one) for one in judges),
        "evaluator.support_judge": called(support_judge),
        "evaluator.rubric": rubric.id if isinstance(rubric, Rubric) else rubric and str(rubric),
        "director": called(director),
        "persona.voice": called(voice),
    }
    return {name: word for name, word in words.items() if word}, given


def _object(value: Any) -> Any:
    return None if isinstance(value, str) else value


def answering(answer: object) -> Callable[[Any], Any] | None:
    """Return ``answer`` as what answers an interrupt: a function as it is, None as nobody, a value for every one."""
    if answer is None or callable(answer):
        return answer
    return lambda _: answer


def called(thing: object) -> str:
    """Return what ``thing`` goes by in a record: itself, its own name, that of the function or class; '' for None."""
    if thing is None or isinstance(thing, str):
        return thing or ""
    name = getattr(thing, "name", None) or getattr(thing, "__name__", None)
    return name if isinstance(name, str) else type(thing).__name__


def is_role(agent: Any) -> bool:
    """Say whether the annotations are those of a role and not of a function of the messages."""
    try:
        hints = typing.get_type_hints(agent if inspect.isroutine(agent) else type(agent).__call__)
    except (NameError, TypeError, AttributeError):
        return False
    return EmpathicView in hints.values() or EmpathicWrite in hints.values()


def _checked_agent(agent: Any) -> Any:
    if isinstance(agent, str):
        return None
    known = isinstance(agent, Chat) or callable(agent) or hasattr(agent, "ainvoke") or hasattr(agent, "add_node")
    if isinstance(agent, type) or not known:
        allowed = "a model string, scripted:NAME, module:attribute, a function, a graph, a runnable, a role or a Chat"
        raise UsageError(f"the agent is {_kind(agent)}, allowed is {allowed}")
    return agent


def _check(value: object, name: str, allowed: str, *kinds: type, call: bool = False) -> None:
    """Refuse what is no word, none of ``kinds``, and with ``call`` nothing that can be called but for a class."""
    if value is None or isinstance(value, (str, *kinds)) or (call and callable(value) and not isinstance(value, type)):
        return
    raise UsageError(f"{name} is {_kind(value)}, allowed is {allowed}")


def _judges(value: object, evaluator: object) -> tuple[str | Chat, ...]:
    given = [] if value is None else [value] if isinstance(value, str | Chat) else value
    judges = tuple(given) if isinstance(given, Iterable) else (given,)
    for judge in judges:
        if not isinstance(judge, str | Chat):
            raise UsageError(f"judge is {_kind(judge)}, allowed is a model's name, a Chat, or several of them")
    if judges and not isinstance(evaluator, str | None):
        raise UsageError(f"judge does not reach an evaluator that is made already; give it to {called(evaluator)}")
    return judges


def _extra(value: Mapping[Any, Any]) -> dict[str, After]:
    if not all(isinstance(placed, After) for placed in value.values()):
        allowed = "a mapping of names to After(seat, role), or words like 'empathic:module:attribute'"
        raise UsageError(f"extra is {_kind(value)}, allowed is {allowed}")
    return {str(name): placed for name, placed in value.items()}


def _kind(value: object) -> str:
    return f"the class {value.__name__}" if isinstance(value, type) else type(value).__name__
