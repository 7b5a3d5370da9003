"""Checks of a metric, an executor and a chat."""

from __future__ import annotations

import asyncio
import math
import numbers
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pydantic import BaseModel

from empa_graph.content.library import load_rubric
from empa_graph.errors import ProviderError
from empa_graph.llm.chat import Chat, ChatParameters, Completion, Prompt
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.run import Planned
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.run_roles import Executor
from empa_graph.testing.failing import finished, one_line, report, told_at_the_call
from empa_graph.testing.seating import ORDINARY, played

Metric = Callable[[Episode], float | None]
ITEMS, AT_ONCE = 7, 3


@told_at_the_call
def check_metric(metric: Metric) -> None:
    """Check a metric, a pure function of an episode; raise CheckError with every fault.

    ::

        def longest_reply(episode: Episode) -> float | None:
            said = [len(m.content) for m in episode.messages if m.speaker == "empathic"]
            return float(max(said)) if said else None


        def test_my_metric():
            check_metric(longest_reply)

    It gives a finite number, the same one each time, or None where it has none. An episode that failed before its
    first message has nothing to measure: there it has to give None, because a missing number is not a zero.
    """
    full = played(ScriptedEmpathic("generic"), "empathic", ORDINARY, load_rubric())
    bare = full.latent.model_copy(update={"steps": (), "position": full.latent.start})
    failure = Failure(turn=0, blame="provider", kind="unreachable", detail="connection refused")
    update = {"messages": (), "latent": bare, "score": None, "persona_state": None, "ending": "failed"}
    failed = full.model_copy(update={**update, "failure": failure, "unscored": "unreachable: connection refused"})
    faults: list[str] = []
    for kind, episode in (("scored episode", full), ("failed episode", failed)):
        try:
            first, again = metric(episode), metric(episode)
        except Exception as error:  # noqa: BLE001  # whatever an author's function raises is what is reported
            faults.append(f"{kind}: {one_line(error)}")
            continue
        faults += [f"{kind}: {fault}" for fault in _value_faults(first, again, missing=kind == "failed episode")]
    report(f"metric {getattr(metric, '__name__', type(metric).__name__)}", faults)


def _value_faults(first: object, again: object, *, missing: bool) -> Iterator[str]:
    if first is None:
        return
    if isinstance(first, bool) or not isinstance(first, numbers.Real) or not math.isfinite(first):
        yield f"it gave {str(first)[:80]!r}, allowed is a finite number or None"
    elif missing:
        yield f"it gave {first} where nothing was said, allowed is None"
    elif first != again:
        yield f"it gave {first} and then {again} for the same episode"


@told_at_the_call
def check_executor(executor: Executor) -> None:
    """Check an executor, which decides where and when episodes run; raise CheckError with every fault.

    ::

        async def one_by_one(play, plan, concurrency):
            for item in plan:
                await play(item)


        def test_my_executor():
            check_executor(one_by_one)

    It awaits ``play`` once for every item of ``plan``, an episode's number with its `Planned`, at most ``concurrency``
    at a time. An error of ``play`` comes out of it as it is, and no further item is begun.
    """
    faults: list[str] = []
    for broken in (None, 2):
        faults += finished(_executed(executor, broken))
    report(f"executor {getattr(executor, '__name__', type(executor).__name__)}", faults)


async def _executed(executor: Executor, broken: int | None) -> list[str]:
    begun: list[int] = []
    flying, most = 0, 0

    async def play(entry: tuple[int, Planned]) -> None:
        nonlocal flying, most
        item, _ = entry
        begun.append(item)
        flying += 1
        most = max(most, flying)
        try:
            await asyncio.sleep(0.001)
            if item == broken:
                raise LookupError("planted")
        finally:
            flying -= 1

    caught: BaseException | None = None
    try:
        await executor(play, enumerate(_plan()), AT_ONCE)
    except Exception as error:  # noqa: BLE001  # which error comes out is what is checked
        caught = error
    many = [f"{most} episodes at a time, allowed are {AT_ONCE}"] if most > AT_ONCE else []
    return many + (_whole_faults(begun, caught) if broken is None else _broken_faults(begun, caught))


def _plan() -> Iterator[Planned]:
    return (Planned(scenario=f"checked/{item}", variant="baseline", repeat=0, seed=item) for item in range(ITEMS))


def _whole_faults(begun: list[int], caught: BaseException | None) -> list[str]:
    if caught is not None:
        return [one_line(caught)]
    return [] if sorted(begun) == list(range(ITEMS)) else [f"of items 0 to {ITEMS - 1} it played {sorted(begun)}"]


def _broken_faults(begun: list[int], caught: BaseException | None) -> list[str]:
    faults = [] if len(begun) < ITEMS else ["it went on to the end behind an error"]
    if not isinstance(caught, LookupError):
        faults.append(f"an error of an episode came out as {caught and one_line(caught)}, not as it is")
    return faults


class Answer(BaseModel):
    """What the checked chat is asked to answer by, and the tool it is offered."""

    reply: str


@told_at_the_call
def check_chat(chat: Chat, *, failing: Chat | None = None) -> None:
    """Check a chat, what a model provider makes, against the `Chat` protocol; raise CheckError with every fault.

    ::

        def test_my_provider(server):
            check_chat(my_provider("mine:small", base_url=server.url, api_key=None, parameters=ChatParameters()))

    Let it speak to a stub of the service: it is asked four times. Each answer is a `Completion` whose text is raw;
    with a ``schema`` it is not parsed. A chat that knows no tools says so by ProviderError of kind
    ``tools_unsupported``. It can be used again after ``aclose``. Give as ``failing`` a chat whose service is down: it
    has to raise ProviderError, so that the failure is recorded with its cause and never becomes an answer.
    """
    faults = [*_attribute_faults(chat), *finished(_chat_faults(chat))]
    if failing is not None:
        faults += finished(_failing_faults(failing))
    report(f"chat {getattr(chat, 'name', type(chat).__name__)}", faults)


def _attribute_faults(chat: Chat) -> Iterator[str]:
    for name, kind in (("name", str), ("endpoint", str), ("parameters", ChatParameters)):
        value = getattr(chat, name, None)
        if not isinstance(value, kind):
            yield f"{name} is {type(value).__name__}, not {kind.__name__}"
        elif value == "":
            yield f"{name} is empty"
    if "@" in str(getattr(chat, "endpoint", "")):
        yield "endpoint holds '@': it is stored and shown, so it carries no user and no password"


async def _chat_faults(chat: Chat) -> list[str]:
    faults: list[str] = []
    prompts = [Prompt(role="system", content="Be brief."), Prompt(role="user", content="Hello.")]
    calls: Sequence[tuple[str, dict[str, Any]]] = (
        ("a plain request", {}),
        ("a request with a schema", {"schema": Answer, "seed": 1}),
        ("a request with a tool", {"tools": (Answer,)}),
        ("a request after aclose", {}),
    )
    for kind, options in calls:
        try:
            answer = await chat.complete(prompts, **options)
        except ProviderError as error:
            if not ("tools" in options and error.kind == "tools_unsupported"):
                faults.append(f"{kind}: {one_line(error)}")
        except Exception as error:  # noqa: BLE001  # whatever an author's chat raises is what is reported
            faults.append(f"{kind}: {one_line(error)}")
        else:
            if not isinstance(answer, Completion):
                faults.append(f"{kind}: it gave {type(answer).__name__}, not a Completion")
        await chat.aclose()
    return faults


async def _failing_faults(chat: Chat) -> list[str]:
    try:
        await chat.complete([Prompt(role="user", content="Hello.")])
    except ProviderError:
        return []
    except Exception as error:  # noqa: BLE001  # which error comes out is what is checked
        return [f"a service that is down: {one_line(error)}, not a ProviderError"]
    finally:
        await chat.aclose()
    return ["a service that is down: it gave an answer"]
