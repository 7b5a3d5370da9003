"""``empa distill``: its stages one after another, and what is said of each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, NoReturn

import typer

from empa_graph.chats.reader import How
from empa_graph.cli import EXIT_RUN_ERROR, EXIT_SUSPENDED
from empa_graph.cli.display import console, literal
from empa_graph.cli.distill_annotation import (
    SECONDS,
    Marker,
    Marking,
    annotated,
    checked_until,
    marker,
    shown_annotation,
)
from empa_graph.cli.listing import listed
from empa_graph.cli.progress import now_and_then
from empa_graph.content.library import load_rubric
from empa_graph.distill.folder import Counted
from empa_graph.distill.intake import Asked, Taken, intake
from empa_graph.distill.intake_report import CAUTION, fields, line_numbers
from empa_graph.distill.quality import Bounds, why
from empa_graph.distill.recontext.provenance import SCENARIOS
from empa_graph.distill.stages import LATER, STAGES, Given, StageName, after_annotation
from empa_graph.errors import UsageError
from empa_graph.models.rubric import Rubric
from empa_graph.report.text import many

AS_CARDS: tuple[StageName, ...] = ("scenarios", "checks")
"""The stages that leave cards."""


class Wanted(NamedTuple):
    """What a distillation is asked for beside its corpus: how it is read, and how far it goes."""

    how: How
    one: bool
    limit: int | None
    bounds: Mapping[str, int]
    own_rules: bool
    until: str | None
    rubric: str
    marking: Marking
    as_json: bool


def distilled(corpus: Path, out: Path, wanted: Wanted) -> None:
    """Distill ``corpus`` into ``out``; exit 1 where a stage leaves nothing to the next, 3 when it was stopped.

    Raises ContentError, UsageError, MissingExtraError.
    """
    bounds = wanted.bounds
    if bounds["least_turns"] > bounds["most_turns"]:
        raise UsageError(f"--least-turns {bounds['least_turns']}: is more than --most-turns {bounds['most_turns']}")
    until = STAGES[-1] if wanted.until is None else checked_until(wanted.until)
    rubric = load_rubric(wanted.rubric)
    who = None if until == "intake" else marker(wanted.marking, rubric.space)
    limit = 2 if wanted.one else wanted.limit
    asked = Asked(corpus, Bounds(**bounds), wanted.how, extra=not wanted.own_rules, limit=limit)
    say = now_and_then(SECONDS)
    taken = intake(asked, out, told=lambda now: say(f"{many(now.read, 'conversation')} read, {now.kept:,} kept"))
    if wanted.one and taken.counted.read > 1:
        raise UsageError(f"{corpus}: holds more than one conversation; --one is for a single one")
    told = _Told(fields(taken.counted, asked.bounds, stopped=taken.stopped), as_json=wanted.as_json)
    if not wanted.as_json:
        _print(taken, out, asked.bounds)
    if taken.stopped:
        told.stop(f"{many(taken.counted.read, 'conversation')} decided")
    if not taken.counted.kept or who is None:
        told.end(taken.counted.kept)
    _annotate(out, rubric, who, told, until, wanted.marking.seed)


def _annotate(out: Path, rubric: Rubric, who: Marker | None, told: _Told, until: StageName, seed: int) -> None:
    assert who is not None
    found, stopped = annotated(out, rubric.space, who)
    told.add("annotation", found.model_dump(mode="json"), shown_annotation(found))
    if stopped or found.lost:
        told.stop(f"{many(found.annotated, 'conversation')} marked")
    left = found.profiled
    for name in after_annotation(until):
        if left:
            done = LATER[name](Given(out, rubric, seed, now_and_then(SECONDS)))
            told.add(name, done.fields, [literal(done.summary)])
            if done.stopped:
                told.stop(done.stopped)
            left = done.made
    if left and until in AS_CARDS:
        told.hint(f"play them: empa run --personas {out / SCENARIOS} --empathic scripted:expert")
    told.end(left)


class _Told:
    """What is printed of the stages: at once, or as one object at the end."""

    def __init__(self, found: dict[str, object], *, as_json: bool) -> None:
        self._found, self._as_json = found, as_json

    def add(self, stage: str, found: Mapping[str, object], shown: Iterable[object]) -> None:
        self._found[stage] = dict(found)
        if not self._as_json:
            for part in shown:
                console.print(part)

    def hint(self, line: str) -> None:
        if not self._as_json:
            console.print(literal(line, "dim"))

    def end(self, left: int) -> NoReturn:
        self._print()
        raise typer.Exit(0 if left else EXIT_RUN_ERROR)

    def stop(self, done: str) -> NoReturn:
        self._print()
        typer.echo(f"empa: stopped; {done}, the same command goes on", err=True)
        raise typer.Exit(EXIT_SUSPENDED)

    def _print(self) -> None:
        if self._as_json:
            typer.echo(json.dumps(self._found, indent=2))


def _print(taken: Taken, out: Path, bounds: Bounds) -> None:
    counted = taken.counted
    before = f" ({taken.before:,} decided before)" if taken.before else ""
    console.print(literal(f"{counted.kept:,} of {many(counted.read, 'conversation')} kept{before}: {out}"))
    for part in _tables(counted, bounds):
        console.print(part)
    console.print(literal(CAUTION, "dim"))


def _tables(counted: Counted, bounds: Bounds) -> Iterator[object]:
    if counted.causes:
        rows = [
            (cause, f"{number:,}", why(cause, bounds), line_numbers(counted.examples.get(cause, ())))
            for cause, number in counted.causes.items()
        ]
        yield from listed(
            ("left out", "number", "since it", "the first"), rows, width=console.width, numbers=("number",)
        )
    if counted.placeholders:
        found = [(kind, f"{number:,}") for kind, number in counted.placeholders.items()]
        yield from listed(("taken out", "different ones"), found, width=console.width, numbers=("different ones",))
