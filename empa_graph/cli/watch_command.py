"""``empa watch``: hold a stream of chats to an SLA and print, or post, its breaches."""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import typer

from empa_graph.chats.chat_lines import Inbox, followed, piped, read_through, standard_input
from empa_graph.chats.pieces import Fault, Piece
from empa_graph.chats.reader import How, live_pieces
from empa_graph.cli.left_out import refusals
from empa_graph.cli.plain import plain
from empa_graph.errors import UsageError
from empa_graph.live.breaker import CircuitBreaker
from empa_graph.live.records import Absence, Breach, EmpathySLA
from empa_graph.live.sla import load_sla
from empa_graph.live.tracker import LiveJudge, begun
from empa_graph.live.watch import Found, Watch
from empa_graph.live.webhook import Post
from empa_graph.models.config import NO_KEYS, Keys, RunConfig
from empa_graph.report.text import many
from empa_graph.roles.run_roles import Roles
from empa_graph.run.config import made_roles, resolved_rubric

WHAT_NEXT = (
    "a breach is a rule of the SLA that a conversation broke: read it from that turn on; --json adds the words behind "
    "each, --post URL sends each on, --sla FILE.yaml sets other limits (docs/live.md)"
)
FAILURES, RESET, TIMEOUT = 5, 30.0, 60.0
"""The breaker on the judge, and the seconds of one judgement."""


@dataclass(frozen=True, slots=True)
class Outlet:
    """Where breaches go."""

    as_json: bool
    post: Post | None
    fail_on_breach: bool


class Source(NamedTuple):
    """Where chats are read from; standard input where neither is named."""

    file: Path | None
    """Read to its end."""
    follow: Path | None
    """Read as it grows, until Ctrl-C."""


def _lines(source: Source) -> Iterator[bytes]:
    if source.follow is not None:
        return followed(source.follow)
    if source.file is not None and str(source.file) != "-":
        return read_through(source.file)
    if sys.stdin.isatty():
        _say("chats are read from what is typed here; empa watch FILE reads a file, Ctrl-D ends, Ctrl-C stops")
    return piped(standard_input())


def watch_stream(
    source: Source,
    how: How,
    config: RunConfig,
    *,
    keys: Keys = NO_KEYS,
    sla: Path | None,
    rest: float,
    most: int,
    outlet: Outlet,
) -> None:
    """Read to the end, or until Ctrl-C where a file is followed; exit 1 after a breach, when asked to."""
    if source.file is not None and source.follow is not None:
        raise UsageError(f"{source.file} is read to its end and --follow {source.follow} has none; name one of them")
    rubric = resolved_rubric(config)
    held = load_sla(sla) if sla is not None else EmpathySLA(id="standard")
    roles = made_roles(config, rubric, keys=keys)
    breaker = CircuitBreaker(failures=FAILURES, reset=RESET, clock=time.time)
    judge = LiveJudge(roles.evaluator, timeout=TIMEOUT, breaker=breaker, clock=time.time)
    watch = Watch(judge, sla=held, rubric=rubric, clock=time.time, most=most)
    inbox = Inbox(live_pieces(_lines(source), how))
    try:
        asyncio.run(_watched(watch, inbox, roles, rest, outlet))
    except KeyboardInterrupt:
        if source.follow is None:
            raise
    finally:
        for line in refusals(roles.refused):
            _say(line)
        _say(f"{_summary(watch)}; start and target: {begun(rubric).basis}")
        if watch.tally.breaches and not outlet.as_json:
            _say(WHAT_NEXT)
    if outlet.fail_on_breach and watch.tally.breaches:
        raise typer.Exit(1)


async def _watched(watch: Watch, inbox: Inbox[Piece | Fault], roles: Roles, rest: float, outlet: Outlet) -> None:
    try:
        while (items := await asyncio.to_thread(inbox.take, rest)) is not None:
            found, faults = await watch.heard(items) if items else (await watch.settled(), [])
            for fault in faults:
                _say(fault)
            await _told(found, outlet)
        await _told(await watch.settled(), outlet)
    finally:
        await roles.aclose()


async def _told(found: Sequence[Found], outlet: Outlet) -> None:
    for conversation, decision in found:
        if isinstance(decision, Absence):
            _say(f"{conversation}: rule '{decision.rule}' cannot be decided: {decision.reason}")
        if not isinstance(decision, Breach):
            continue
        record = {"conversation": conversation, **decision.model_dump(mode="json")}
        typer.echo(json.dumps(record) if outlet.as_json else plain(_line(conversation, decision)))
        fault = await outlet.post(record) if outlet.post is not None else None
        if fault is not None:
            _say(f"{conversation}: the breach of '{decision.rule}' at turn {decision.turn} was not posted: {fault}")


def _line(conversation: str, breach: Breach) -> str:
    spans = [span for turn in breach.evidence for span in turn.spans]
    shown = f'; last: "{" ".join(spans[-1].split())[:80]}"' if spans else ""
    where = f"{breach.at} {' '.join(conversation.split())} turn {breach.turn}"
    return (
        f"{where}: {breach.severity}: {breach.rule} ({breach.signal} {breach.value:.2f}, limit {breach.enter:g}){shown}"
    )


def _summary(watch: Watch) -> str:
    tally = watch.tally
    parts = [
        many(tally.lines, "line"),
        many(tally.conversations, "conversation"),
        f"{many(tally.judged, 'turn')} judged",
    ]
    more = {"lines unusable": tally.unusable, "turns unjudged": tally.missing, "conversations dropped": tally.forgotten}
    parts += [f"{number} {what}" for what, number in more.items() if number]
    return ", ".join([*parts, many(tally.breaches, "breach", "breaches")])


def _say(text: str) -> None:
    typer.echo(f"empa: {plain(' '.join(text.split()))}", err=True)
