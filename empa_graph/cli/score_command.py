"""``empa score``: judge saved conversations and print their scores."""

from __future__ import annotations

import asyncio
import functools
import json
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import NamedTuple

import typer

from empa_graph.chats.transcripts import Reading, Transcript, Unusable, transcripts, transcripts_in, usable, usable_in
from empa_graph.cli import EXIT_RUN_ERROR, EXIT_SUSPENDED
from empa_graph.cli.display import console, literal, trio_table
from empa_graph.cli.left_out import refusals
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line
from empa_graph.content.library import find_scenarios
from empa_graph.episode.score import check_profile
from empa_graph.errors import UsageError
from empa_graph.models.config import NO_KEYS, Keys, RunConfig
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.report.lines import COLUMNS
from empa_graph.report.summary import METRICS, conversation_means
from empa_graph.roles.evaluator.offline import NOT_READ
from empa_graph.roles.make import Roles
from empa_graph.roles.specs import judged_by
from empa_graph.run.config import made_roles, resolved_rubric
from empa_graph.run.rescore import rescored, rescored_all

STANDARD_INPUT = Path("-")
_INPUT = "standard input"
NAMED = 5
"""Lines that cannot be used and are said; the others are counted."""
Judge = Callable[[Transcript], Awaitable[Episode]]


class _Done(NamedTuple):
    """What was judged, and whether Ctrl-C ended it."""

    episodes: list[Episode]
    stopped: bool


def score_file(
    file: Path,
    scenario_name: str | None,
    config: RunConfig,
    *,
    keys: Keys = NO_KEYS,
    strict: bool = False,
    out: Path | None,
    as_json: bool,
) -> None:
    """Judge every conversation of ``file``; exit 1 when too many were left without a score, 3 when it was stopped."""
    rubric, profile, execution = resolved_rubric(config), config.evaluator.profile, config.execution
    check_profile(profile, where="--profile")
    scenario = _scenario(scenario_name, config.persona.folder) if scenario_name else None
    said, unusable = _read(file, strict=strict)
    if not said:
        raise UsageError(f"{file}: no conversation in this file")
    if out is not None:
        _check_writable(out, file)
    roles = made_roles(config, rubric, keys=keys)
    judge = functools.partial(
        rescored,
        evaluator=roles.evaluator,
        rubric=rubric,
        scenario=scenario,
        evaluator_name=judged_by(config.evaluator),
        profile=profile,
        attempts=execution.retries + 1,
    )
    judged, stopped = _judged(said, judge, roles, out, concurrency=execution.concurrency)
    for line in (*_skipped(file, unusable, len(said)), *refusals(roles.refused)):
        typer.echo(f"empa: {line}", err=True)
    _print(judged, rubric, scenario, unusable, as_json=as_json)
    if stopped:
        kept = f"; they are in {out}" if out is not None else ""
        typer.echo(f"empa: stopped; {len(judged)} of {len(said)} conversations were judged{kept}", err=True)
        raise typer.Exit(EXIT_SUSPENDED)
    failed = len(unusable) + sum(episode.score is None for episode in judged)
    if failed > execution.max_failed * (len(said) + len(unusable)):
        raise typer.Exit(EXIT_RUN_ERROR)


def _read(file: Path, *, strict: bool) -> Reading:
    """Return the conversations of ``file`` and its unusable lines; with ``strict`` such a line is a ContentError."""
    if strict:
        return Reading(transcripts_in(sys.stdin.buffer, _INPUT) if file == STANDARD_INPUT else transcripts(file), [])
    return usable_in(sys.stdin.buffer, _INPUT) if file == STANDARD_INPUT else usable(file)


def _skipped(file: Path, unusable: Sequence[Unusable], used: int) -> Iterator[str]:
    name = _INPUT if file == STANDARD_INPUT else file
    for line, why, _ in unusable[:NAMED]:
        yield one_line(f"{name}:{line}: skipped: {why}")
    if unusable:
        more = f", {len(unusable) - NAMED} more than are named" if len(unusable) > NAMED else ""
        yield f"{len(unusable)} of {len(unusable) + used} lines cannot be used and were skipped{more}"


def _scenario(name: str, personas: Path | None) -> Scenario:
    """Return the one scenario that is meant. Raises UsageError where several are."""
    found = find_scenarios([name], personas)
    if len(found) > 1:
        known = ", ".join(scenario.id for scenario in found)
        raise UsageError(f"--scenario: '{name[:200]}' stands for {len(found)} scenarios; name one of {known}")
    return found[0]


def _check_writable(out: Path, file: Path) -> None:
    """Find out before the first judgement that the results can be kept, over nothing else. Raises UsageError."""
    try:
        out.open("a").close()
        if file != STANDARD_INPUT and out.samefile(file):
            raise UsageError(f"{out}: holds the conversations; choose another --out")
        if out.stat().st_size:
            raise UsageError(f"{out}: holds earlier judgements or something else; move it away or choose another --out")
    except OSError as error:
        raise _unwritable(out, error) from None


def _unwritable(out: Path, error: OSError) -> UsageError:
    return UsageError(f"{out}: cannot be written ({(error.strerror or 'error').lower()})")


def _judged(said: Sequence[Transcript], judge: Judge, roles: Roles, out: Path | None, *, concurrency: int) -> _Done:
    """Judge all of ``said``, or as much as Ctrl-C leaves time for, and append each to ``out`` as it becomes known."""
    judged: list[Episode] = []
    with ExitStack() as stack:
        lines = None if out is None else stack.enter_context(out.open("wb", buffering=0))

        def keep(episode: Episode) -> None:
            if out is not None and lines is not None:
                _add(lines, out, episode)
            judged.append(episode)

        try:
            asyncio.run(_all(said, judge, roles, keep, concurrency=concurrency))
        except KeyboardInterrupt:
            return _Done(judged, stopped=True)
    return _Done(judged, stopped=False)


def _add(lines: FileIO, out: Path, episode: Episode) -> None:
    """Write one whole line, past every buffer. Raises UsageError."""
    line = memoryview(episode.model_dump_json().encode() + b"\n")
    try:
        while line:
            line = line[lines.write(line) :]
    except OSError as error:
        raise _unwritable(out, error) from None


async def _all(
    said: Sequence[Transcript], judge: Judge, roles: Roles, keep: Callable[[Episode], None], *, concurrency: int
) -> None:
    try:
        await rescored_all(said, judge, keep=keep, concurrency=concurrency)
    finally:
        await roles.aclose()


def _print(
    judged: list[Episode],
    rubric: Rubric,
    scenario: Scenario | None,
    unusable: Sequence[Unusable],
    *,
    as_json: bool,
) -> None:
    prior = (
        f"start and target: scenario {scenario.id}"
        if scenario
        else f"start and target: the stated prior of rubric '{rubric.id}' (no scenario given)"
    )
    means = conversation_means(judged)
    scored = sum(episode.score is not None for episode in judged)
    if as_json:
        shown = {name: metric.model_dump(exclude={"missing"}) for name, metric in means.items()}
        rows = [_row(episode, scenario) for episode in judged]
        skipped = [{"line": line, "why": why} for line, why, _ in unusable]
        fields = {"basis": prior, "scored": scored, "mean": shown, "conversations": rows, "skipped": skipped}
        typer.echo(json.dumps(fields, indent=2))
        return
    headings = ("conversation", "turns", *COLUMNS.values(), "why not scored")
    numbers = headings[1:-1]
    for part in listed(headings, [_cells(e) for e in judged], width=console.width, numbers=numbers, title=prior):
        console.print(part)
    if unread := [fault for episode in judged if (fault := _unread(episode))]:
        told = f"{unread[0].kind}: {len(unread)} of {len(judged)} conversations, for example: {unread[0].detail}"
        console.print(literal(one_line(told), "yellow"))
    if means:
        basis = "one scenario" if scenario else "one stated prior"
        console.print(trio_table(means, f"mean of {scored} conversations, all under {basis}"))


def _cells(episode: Episode) -> list[str]:
    score = episode.score
    figures = (
        ["-"] * len(METRICS)
        if score is None
        else [f"{getattr(score, name):.{1 if name == 'composite' else 2}f}" for name in METRICS]
    )
    return [one_line(episode.conversation or "-"), str(episode.turns), *figures, _why(episode)]


def _why(episode: Episode) -> str:
    """Say why there is no score; where no turn was judged, also why the first was not."""
    unread = _unread(episode)
    first = f": {unread.kind if unread else episode.faults[0].detail}" if episode.faults and not episode.failure else ""
    return one_line(f"{episode.unscored}{first}") if episode.unscored else ""


def _unread(episode: Episode) -> Failure | None:
    """Return the first turn's fault of a conversation in a language that was not read; it is told once for all."""
    return next((fault for fault in episode.faults if fault.kind == NOT_READ), None)


def _row(episode: Episode, scenario: Scenario | None) -> dict[str, object]:
    return {
        "conversation": episode.conversation,
        "scenario": scenario.id if scenario else None,
        "turns": episode.turns,
        "score": episode.score.model_dump() if episode.score else None,
        "unscored": episode.unscored,
        "faults": [fault.model_dump() for fault in episode.faults],
    }
