"""Stage 1 of ``empa distill`` on the command line: who marks, how far it is, what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import typer

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import plain
from empa_graph.cli.progress import now_and_then
from empa_graph.cli.typed_config import Typed
from empa_graph.distill.annotation import Progress, annotate
from empa_graph.distill.annotation_report import (
    AnnotationReport,
    annotation_report,
    refusals,
    write_annotation,
)
from empa_graph.distill.annotator import Annotator, check_sending, model_annotator, offline_annotator
from empa_graph.distill.marks import OFFLINE
from empa_graph.distill.model_marks import ANSWER_TOKENS, CAUSES
from empa_graph.distill.stages import STAGES, StageName
from empa_graph.errors import UsageError, hint
from empa_graph.llm import Chat, ChatParameters, load_prices, probe, resolve_chat
from empa_graph.models.latent import Space
from empa_graph.report.text import many
from empa_graph.roles.specs import access

SECONDS = 5.0
"""Between two lines about how far it is."""


class Marking(NamedTuple):
    """Who marks, and whether what they read may leave this machine."""

    annotator: str
    offline: bool
    send: bool
    typed: Typed
    seed: int = 0


class Marker(NamedTuple):
    """An annotator, and the chat to close behind it."""

    by: Annotator
    chat: Chat | None


def marker(asked: Marking, space: Space) -> Marker:
    """Return who marks, found and allowed before anything is read. Raises UsageError, NotFoundError."""
    if asked.annotator == OFFLINE:
        return Marker(offline_annotator(space), None)
    config = asked.typed.judging()
    at = access(config, asked.typed.judging_keys, asked.annotator, under_test=False)
    parameters = ChatParameters(max_tokens=ANSWER_TOKENS, timeout=config.execution.timeout)
    chat = resolve_chat(asked.annotator, base_url=at.url, api_key=at.key, parameters=parameters)
    check_sending(chat, offline=asked.offline, send=asked.send)
    prices = load_prices(config.store.prices)
    by = model_annotator(chat, space, prices=prices, seed=asked.seed, at_once=config.execution.concurrency)
    return Marker(by, chat)


def annotated(folder: Path, space: Space, who: Marker) -> tuple[AnnotationReport, bool]:
    """Mark the conversations of ``folder`` and write the report; say whether Ctrl-C ended it."""
    if who.chat is not None and (hint := asyncio.run(_probed(who.chat))):
        typer.echo(f"empa: {plain(hint)}", err=True)
    say = now_and_then(SECONDS)
    came = annotate(folder, space, who.by, told=lambda progress: say(_marked(progress)))
    found = annotation_report(folder, space, who.by, came)
    write_annotation(folder, found)
    return found, came.stopped


async def _probed(chat: Chat) -> str | None:
    try:
        return await probe(chat)
    finally:
        await chat.aclose()


def _marked(progress: Progress) -> str:
    lost = f", {progress.lost:,} without an answer" if progress.lost else ""
    return f"{many(progress.done, 'conversation')} marked{lost}"


def shown_annotation(found: AnnotationReport) -> Iterator[object]:
    """Yield what is printed of a report."""
    yield literal(
        f"{found.annotator} marked {many(found.annotated, 'conversation')}; {found.profiled:,} have a start and an end"
    )
    columns = ("variable", "marked", "nothing told", "refused", "mean", "most often")
    rows = [
        (
            name,
            f"{one.marked:,}",
            f"{one.not_told:,}",
            f"{sum(one.refused.values()):,}",
            "-" if one.mean is None else f"{one.mean:.2f}",
            ", ".join(f"{value} ({count})" for value, count in [*one.values.items()][:3]),
        )
        for name, one in found.variables.items()
    ]
    yield from listed(columns, rows, width=console.width, numbers=columns[1:5], names=columns[:1])
    for cause, count in refusals(found).items():
        yield literal(f"{many(count, 'mark')} refused: {CAUSES[cause]}", "yellow")
    for kind, count in {**found.failures, **found.lost}.items():
        yield literal(f"{many(count, 'conversation')} without an answer: {plain(kind)}", "yellow")
    if found.answers:
        cost = "unknown cost" if found.cost is None else f"{found.cost:.4f} USD by list price"
        yield literal(
            f"{many(found.answers, 'answer')}, {found.tokens_in:,} tokens in, {found.tokens_out:,} out, {cost}"
        )
    yield literal(found.caution, "dim")


def checked_until(until: str) -> StageName:
    """Return the stage to end with. Raises UsageError for one that is none."""
    for name in STAGES:
        if name == until:
            return name
    raise UsageError(f"--until is '{until[:80]}'{hint(until, STAGES)}")
