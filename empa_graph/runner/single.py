"""Play one scenario from Python: the shortest way to an episode."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any, TypedDict, Unpack

from empa_graph.errors import UsageError
from empa_graph.library import find_scenarios, load_rubric
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.instructions import check_instructed, check_variant, instructions
from empa_graph.roles.spoken import Speaks, checked_speaks
from empa_graph.runner.casting import Casting, answering
from empa_graph.runner.seats import cast, own_agent


class Options(TypedDict, total=False):
    """What `play` takes beside scenario and agent; the defaults are those of `Casting` and ``empa run``."""

    variant: str
    evaluator: str
    judge: str | Sequence[str] | None
    judge_every: int
    director: str | None
    voice: str
    noise: float
    base_url: str | None
    api_key: str | None
    judge_base_url: str | None
    judge_api_key: str | None
    seed: int
    rubric: str
    max_turns: int | None
    profile: str
    speaks: Speaks
    on_interrupt: Any


async def play_async(scenario: str | Scenario, empathic: Any = "local", **options: Unpack[Options]) -> Episode:
    """Play ``scenario`` with ``empathic`` and return the scored episode.

    ``empathic`` is a model string, ``scripted:NAME``, ``module:attribute``, or the function, runnable or LangGraph
    graph itself. ``speaks`` says which messages of its turn the person hears (`Speaks`), ``on_interrupt``, a value or a
    function of the interrupt's value, what its interrupts are answered with. Raises UsageError for names that lead nowhere; what fails while playing is in the episode.
    """
    from empa_graph.graph.play import Labels, Sandbox

    variant = options.get("variant", "baseline")
    check_variant(variant)
    named = isinstance(empathic, str)
    chosen = find_scenarios([scenario])[0] if isinstance(scenario, str) else scenario
    casting = _casting(empathic if named else "scripted:silent", options)
    own = None if named else own_agent(empathic, casting)
    rubric = with_max_turns(load_rubric(casting.rubric(options.get("rubric"))), options.get("max_turns"))
    seats = cast(casting, rubric)
    label = empathic if named else getattr(empathic, "__name__", type(empathic).__name__)
    check_instructed([variant], agent=label, instructed=seats.instructed if own is None else own.instructed)
    sandbox = Sandbox(
        persona=seats.persona,
        empathic=own or seats.empathic,
        evaluator=seats.evaluator,
        rubric=rubric,
        labels=Labels(agent=label, variant=variant, evaluator=casting.judged_by, voice=casting.voice),
        profile=options.get("profile", "balanced"),
        extra=seats.extra,
    )
    try:
        return await sandbox.play(chosen, seed=options.get("seed", 0), instructions=instructions(variant, chosen))
    finally:
        for chat in seats.chats:
            await chat.aclose()


def _casting(empathic: str, options: Options) -> Casting:
    return Casting(
        empathic=empathic,
        evaluator=options.get("evaluator", "cues"),
        judges=_judges(options.get("judge")),
        judge_every=options.get("judge_every", 1),
        director=options.get("director"),
        voice=options.get("voice", "card"),
        noise=options.get("noise", 0.02),
        base_url=options.get("base_url"),
        api_key=options.get("api_key"),
        judge_base_url=options.get("judge_base_url"),
        judge_api_key=options.get("judge_api_key"),
        speaks=checked_speaks(options.get("speaks", "all"), where="speaks"),
        on_interrupt=answering(options.get("on_interrupt")),
    )


def _judges(judge: str | Sequence[str] | None) -> tuple[str, ...]:
    if judge is None:
        return ()
    return (judge,) if isinstance(judge, str) else tuple(judge)


def play(scenario: str | Scenario, empathic: Any = "local", **options: Unpack[Options]) -> Episode:
    """Do `play_async` to its end. Raises UsageError inside a running loop, as in a notebook: await `play_async`."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(play_async(scenario, empathic, **options))
    raise UsageError("play() cannot run inside an event loop (a notebook has one); use: await play_async(...)")


def with_max_turns(rubric: Rubric, max_turns: int | None) -> Rubric:
    """Return ``rubric`` with episodes of at most ``max_turns`` turns; as it is for None."""
    if max_turns is None:
        return rubric
    if max_turns < 1:
        raise UsageError(f"max_turns is {max_turns}, allowed is 1 or more")
    least = min(rubric.stop.min_turns, max_turns)
    stop = rubric.stop.model_copy(update={"max_turns": max_turns, "min_turns": least})
    return rubric.model_copy(update={"stop": stop})
