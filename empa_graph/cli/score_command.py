"""``empa score``: judge saved conversations one by one as they are read, and print their scores."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import typer

from empa_graph.chats.reader import AS_IT_LOOKS, How
from empa_graph.chats.transcripts import Transcript
from empa_graph.cli import EXIT_RUN_ERROR, EXIT_SUSPENDED
from empa_graph.cli.left_out import refusals
from empa_graph.cli.plain import one_line
from empa_graph.cli.progress import counted
from empa_graph.cli.score_file import ChatFile
from empa_graph.cli.score_out import ScoreOut, Settings
from empa_graph.cli.score_tally import ScoreTally
from empa_graph.content.library import find_scenarios
from empa_graph.episode.score import check_profile
from empa_graph.errors import UsageError
from empa_graph.models.config import NO_KEYS, Keys, RunConfig
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.report.text import many
from empa_graph.roles.evaluator.support_judge import SupportJudge, supported
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.specs import judged_by
from empa_graph.run.config import made_roles, resolved_rubric
from empa_graph.run.identity import evaluator_digest, stands_on
from empa_graph.run.rescore import rescored, rescored_all
from empa_graph.seeds import digest_of

NAMED = 5
"""Lines that cannot be used and are said; the others are counted."""
Judge = Callable[[Transcript], Awaitable[Episode]]


def score_file(
    file: Path,
    scenario_name: str | None,
    config: RunConfig,
    *,
    how: How = AS_IT_LOOKS,
    keys: Keys = NO_KEYS,
    strict: bool = False,
    out: Path | None,
    as_json: bool,
) -> None:
    """Judge every conversation of ``file``; exit 1 when too many were left without a score, 3 when it was stopped."""
    rubric, profile, execution = resolved_rubric(config), config.evaluator.profile, config.execution
    check_profile(profile, where="--profile")
    scenario = _scenario(scenario_name, config.persona.folder) if scenario_name else None
    with ExitStack() as stack:
        chats = stack.enter_context(closing(ChatFile(file, how)))
        if strict:
            chats.refuse_faults()
        kept = None
        if out is not None:
            kept = stack.enter_context(closing(ScoreOut(out, _settings(config, rubric, scenario), chats=file)))
        roles = made_roles(config, rubric, keys=keys)
        judge = functools.partial(
            _rescored,
            support_judge=roles.support_judge,
            evaluator=roles.evaluator,
            rubric=rubric,
            scenario=scenario,
            evaluator_name=judged_by(config.evaluator),
            profile=profile,
            attempts=execution.retries + 1,
        )
        tally = stack.enter_context(closing(ScoreTally(rubric, scenario, as_json=as_json)))
        stopped = _judged(chats, judge, roles, kept, tally, concurrency=execution.concurrency)
        for line in (*_skipped(chats), *refusals(roles.refused)):
            typer.echo(f"empa: {line}", err=True)
        tally.print(chats.faults)
    if stopped:
        behind = f"; they are in {out}, and the same command goes on behind them" if out is not None else ""
        typer.echo(f"empa: stopped; {many(tally.judged, 'conversation')} judged{behind}", err=True)
        raise typer.Exit(EXIT_SUSPENDED)
    failed = len(chats.faults) + tally.unscored
    if failed > execution.max_failed * (tally.judged + len(chats.faults)):
        raise typer.Exit(EXIT_RUN_ERROR)


async def _rescored(
    transcript: Transcript, *, scenario: Scenario | None, support_judge: SupportJudge | None, **how: Any
) -> Episode:
    return await supported(await rescored(transcript, scenario=scenario, **how), support_judge, scenario)


def _settings(config: RunConfig, rubric: Rubric, scenario: Scenario | None) -> Settings:
    """Return what a judgement hangs on, by name; the whole of it as a digest."""
    found = stands_on(config.evaluator, rubric)
    card = digest_of(scenario.model_dump_json()) if scenario else "none"
    return found | {
        "scenario": f"{scenario.id} {card}" if scenario else "none",
        "profile": config.evaluator.profile,
        "support judge": str(config.evaluator.support_judge),
        "whole": evaluator_digest(found, config.evaluator),
    }


def _skipped(chats: ChatFile) -> Iterator[str]:
    faults = chats.faults
    for fault in faults.kept[:NAMED]:
        yield one_line(f"{chats.name}:{fault.line}: skipped: {fault.why}")
    if faults:
        more = f", {len(faults) - NAMED} more than are named" if len(faults) > NAMED else ""
        total = len(faults) + chats.used
        yield f"{len(faults)} of {many(total, 'line')} skipped as unusable{more} ({faults.by_cause})"


def _scenario(name: str, personas: Path | None) -> Scenario:
    """Return the one scenario that is meant. Raises UsageError where several are."""
    found = find_scenarios([name], personas)
    if len(found) > 1:
        known = ", ".join(scenario.id for scenario in found)
        raise UsageError(f"--scenario: '{name[:200]}' stands for {len(found)} scenarios; name one of {known}")
    return found[0]


def _judged(
    chats: ChatFile, judge: Judge, roles: Roles, kept: ScoreOut | None, tally: ScoreTally, *, concurrency: int
) -> bool:
    """Judge all that is not ``kept``, append each to it as it becomes known; return whether Ctrl-C ended it."""
    step = counted("conversations judged")

    def keep(episode: Episode) -> None:
        if kept is not None:
            kept.add(episode)
        tally.add(episode)
        step()

    async def all_of_it() -> None:
        try:
            await rescored_all(_new(chats, kept), judge, keep=keep, concurrency=concurrency)
        finally:
            await roles.aclose()

    try:
        for episode in kept.kept() if kept is not None else ():
            tally.add(episode)
        if tally.judged:
            typer.echo(f"empa: {many(tally.judged, 'conversation')} judged before", err=True)
        asyncio.run(all_of_it())
    except KeyboardInterrupt:
        return True
    return False


async def _new(chats: ChatFile, kept: ScoreOut | None) -> AsyncIterator[Transcript]:
    async for transcript in chats.conversations():
        if kept is None or not kept.holds(transcript):
            yield transcript
