"""Play from Python: the shortest way to an episode, or to those of a persona."""

from __future__ import annotations

import asyncio
import dataclasses
import inspect
import json
import typing
from collections.abc import Mapping, Sequence
from typing import Any, Unpack, overload

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.errors import RoleError, UsageError
from empa_graph.llm import Chat
from empa_graph.llm.extra_body import checked_body
from empa_graph.llm.tracing import traced
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Persona, Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.empathic.agents import ChatEmpathic
from empa_graph.roles.empathic.instructions import check_instructed, check_variant, instructions
from empa_graph.roles.empathic.spoken import checked_speaks
from empa_graph.roles.make import Own, make_roles, own_agent
from empa_graph.roles.views import EmpathicRole, EmpathicView, EmpathicWrite
from empa_graph.run.config import Casting, Patience, answering
from empa_graph.run.play_options import Options, called, checked
from empa_graph.run.schedule import seated

Scenarios = str | Scenario | Persona | Sequence[str | Scenario | Persona]
"""A name as ``empa run`` takes it, a record, or several of them."""


@overload
async def play_async(scenario: Scenario, empathic: Any = "local", **options: Unpack[Options]) -> Episode: ...
@overload
async def play_async(
    scenario: Persona | Sequence[Scenario | Persona], empathic: Any = "local", **options: Unpack[Options]
) -> tuple[Episode, ...]: ...
@overload
async def play_async(scenario: Scenarios, empathic: Any = "local", **options: Unpack[Options]) -> Any: ...
async def play_async(scenario: Scenarios, empathic: Any = "local", **options: Unpack[Options]) -> Any:
    """Play ``scenario`` with ``empathic`` and return the scored episode.

    For a persona, a pattern, ``all`` or a list it is a tuple of episodes, one for each scenario. ``empathic`` is a
    model string, ``scripted:NAME``, ``module:attribute``, or the function, runnable, LangGraph graph, role or `Chat`
    itself; evaluator, judge, director, voice and rubric are names or objects as well. Raises UsageError for what leads
    nowhere; what fails while playing is in the episode.
    """
    given = checked(options, Options)
    chosen = chosen_scenarios(scenario)
    variant, profile = given.get("variant", "baseline"), str(given.get("profile", "balanced"))
    check_variant(variant)
    casting = _casting(empathic, given)
    own = _own(empathic, given, casting)
    rubric = with_max_turns(_rubric(casting, own, given), given.get("max_turns"))
    seats = make_roles(casting, rubric, own=own)
    label = empathic if isinstance(empathic, str) else _label(empathic)
    if own.empathic is not None or not isinstance(seats.empathic, ChatEmpathic):
        _refuse_settings(label, given)
    check_instructed([variant], agent=label, instructed=seats.instructed)
    voice = casting.voice if own.voice is None else called(own.voice)
    try:
        sandbox = seated(seats, rubric, profile, agent=label, variant=variant, voice=voice)
    except RoleError as error:
        raise UsageError(str(error)) from None
    try:
        with traced(given.get("langsmith", False)):
            played = [
                await sandbox.play(one, seed=given.get("seed", 0), instructions=instructions(variant, one))
                for one in chosen
            ]
    finally:
        for chat in seats.chats:
            await chat.aclose()
    alone = isinstance(scenario, Scenario) or scenario == chosen[0].id
    return played[0] if alone else tuple(played)


@overload
def play(scenario: Scenario, empathic: Any = "local", **options: Unpack[Options]) -> Episode: ...
@overload
def play(
    scenario: Persona | Sequence[Scenario | Persona], empathic: Any = "local", **options: Unpack[Options]
) -> tuple[Episode, ...]: ...
@overload
def play(scenario: Scenarios, empathic: Any = "local", **options: Unpack[Options]) -> Any: ...
def play(scenario: Scenarios, empathic: Any = "local", **options: Unpack[Options]) -> Any:
    """Do `play_async` to its end. Raises UsageError inside a running loop, as in a notebook: await `play_async`."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(play_async(scenario, empathic, **options))
    raise UsageError("play() cannot run inside an event loop (a notebook has one); use: await play_async(...)")


def chosen_scenarios(wanted: Scenarios) -> tuple[Scenario, ...]:
    """Return the scenarios that ``wanted`` stands for, each once. Raises UsageError where that is none."""
    several = isinstance(wanted, Sequence) and not isinstance(wanted, str)
    found: dict[str, Scenario] = {}
    for part in wanted if several else [wanted]:
        if isinstance(part, str):
            named: Sequence[Scenario] = find_scenarios([part])
        elif isinstance(part, Persona):
            named = [Scenario(persona=part, goal=goal) for goal in part.goals]
        elif isinstance(part, Scenario):
            named = [part]
        else:
            allowed = "a name, a Scenario, a Persona, or a list of them"
            raise UsageError(f"the scenario is {type(part).__name__}, allowed is {allowed}")
        found |= {scenario.id: scenario for scenario in named}
    if not found:
        raise UsageError("no scenario is given; 'all' plays every one")
    return tuple(found.values())


def _own(empathic: Any, given: Options, casting: Casting) -> Own:
    """Return what was given as an object and not as a name. Raises UsageError where an option contradicts one."""
    evaluator, director, voice = given.get("evaluator"), given.get("director"), given.get("voice")
    if evaluator is not None and not isinstance(evaluator, str):
        for name in ("judge", "judge_every"):
            if given.get(name) not in (None, (), 1):
                raise UsageError(
                    f"{name} does not reach an evaluator that is made already; give it to {called(evaluator)}"
                )
    return Own(
        empathic=None if isinstance(empathic, str) else _agent(empathic, casting),
        evaluator=None if isinstance(evaluator, str) else evaluator,
        judges=_judges(given),
        director=None if isinstance(director, str) else director,
        voice=None if isinstance(voice, str) else voice,
        extra=extra if isinstance(extra := given.get("extra"), Mapping) else {},
    )


def _casting(empathic: Any, given: Options) -> Casting:
    """Return the words of ``given``; where an object was given, the default stands."""
    fields = {field.name for field in dataclasses.fields(Casting)}
    words: dict[str, Any] = {name: value for name, value in given.items() if name in fields}
    for name in ("evaluator", "director", "voice"):
        if not isinstance(words.get(name, ""), str):
            del words[name]
    words["judges"] = tuple(judge if isinstance(judge, str) else judge.name for judge in _judges(given))
    words["speaks"] = checked_speaks(given.get("speaks", "all"), where="speaks")
    words["on_interrupt"] = answering(given.get("on_interrupt"))
    words["redaction"] = given.get("redact")
    words["extra"] = () if isinstance(extra := given.get("extra") or (), Mapping) else extra
    if "extra_body" in given:
        words["extra_body"] = checked_body(json.dumps(given["extra_body"]), where="extra_body")
    if "retries" in given:
        words["patience"] = Patience(given["retries"])
    return Casting(empathic=empathic if isinstance(empathic, str) else "scripted:silent", **words)


def _judges(given: Options) -> tuple[str | Chat, ...]:
    judge = given.get("judge") or ()
    return (judge,) if isinstance(judge, str | Chat) else tuple(judge)


def _rubric(casting: Casting, own: Own, given: Options) -> Rubric:
    """Return the rubric that was given, else the one the evaluator was made with, else that of its name."""
    wanted, carried = given.get("rubric"), getattr(own.evaluator, "rubric", None)
    if wanted is None and isinstance(carried, Rubric):
        return carried
    rubric = wanted if isinstance(wanted, Rubric) else load_rubric(casting.rubric(str(wanted) if wanted else None))
    if isinstance(carried, Rubric) and carried.id != rubric.id:
        raise UsageError(f"rubric is '{rubric.id}', but the evaluator was made with '{carried.id}'")
    return rubric


def _agent(empathic: Any, casting: Casting) -> EmpathicRole | Chat:
    """Return the agent as a role, or the chat that it is. Raises UsageError for what can be neither."""
    if isinstance(empathic, Chat):
        return empathic
    known = callable(empathic) or hasattr(empathic, "ainvoke") or hasattr(empathic, "add_node")
    if isinstance(empathic, type) or not known:
        found = f"the class {empathic.__name__}" if isinstance(empathic, type) else type(empathic).__name__
        allowed = "a model string, scripted:NAME, module:attribute, a function, a graph, a runnable, a role or a Chat"
        raise UsageError(f"the agent is {found}, allowed is {allowed}")
    if _is_role(empathic):
        role: EmpathicRole = empathic
        return role
    return own_agent(empathic, casting)


def _is_role(empathic: Any) -> bool:
    """Say whether the annotations are those of a role and not of a function of the messages."""
    try:
        hints = typing.get_type_hints(empathic if inspect.isroutine(empathic) else type(empathic).__call__)
    except (NameError, TypeError, AttributeError):
        return False
    return EmpathicView in hints.values() or EmpathicWrite in hints.values()


def _label(empathic: Any) -> str:
    label = empathic.name if isinstance(empathic, Chat) else getattr(empathic, "__name__", type(empathic).__name__)
    return str(label)


def _refuse_settings(agent: str, given: Options) -> None:
    """Raise UsageError for a setting of a model where the agent is none that is named by a string."""
    for name in ("temperature", "max_tokens"):
        if name in given:
            raise UsageError(f"{name} is for a model named by a string and does not reach the agent '{agent[:200]}'")


def with_max_turns(rubric: Rubric, max_turns: int | None) -> Rubric:
    """Return ``rubric`` with episodes of at most ``max_turns`` turns; as it is for None."""
    if max_turns is None:
        return rubric
    if max_turns < 1:
        raise UsageError(f"max_turns is {max_turns}, allowed is 1 or more")
    least = min(rubric.stop.min_turns, max_turns)
    stop = rubric.stop.model_copy(update={"max_turns": max_turns, "min_turns": least})
    return rubric.model_copy(update={"stop": stop})
