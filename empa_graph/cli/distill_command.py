"""``empa distill``: take a corpus in, and say what is kept and what was left out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import typer

from empa_graph.chats.reader import How
from empa_graph.cli import EXIT_RUN_ERROR, EXIT_SUSPENDED
from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.distill.folder import Counted
from empa_graph.distill.intake import Asked, Taken, intake
from empa_graph.distill.intake_report import CAUTION, fields, line_numbers
from empa_graph.distill.quality import Bounds
from empa_graph.distill.records import CAUSES
from empa_graph.errors import UsageError

SECONDS = 5.0
"""Between two lines about how far it is."""


def distilled(
    corpus: Path,
    out: Path,
    *,
    how: How,
    limit: int | None,
    bounds: Mapping[str, int],
    own_rules: bool,
    as_json: bool,
) -> None:
    """Take ``corpus`` in to ``out``; exit 1 where nothing is kept, 3 when it was stopped.

    Raises ContentError, UsageError, MissingExtraError.
    """
    if bounds["least_turns"] > bounds["most_turns"]:
        raise UsageError(f"--least-turns {bounds['least_turns']}: is more than --most-turns {bounds['most_turns']}")
    asked = Asked(corpus, Bounds(**bounds), how, extra=not own_rules, limit=limit)
    taken = intake(asked, out, told=_spaced())
    if as_json:
        typer.echo(json.dumps(fields(taken.counted, stopped=taken.stopped), indent=2))
    else:
        _print(taken, out)
    if taken.stopped:
        typer.echo(
            f"empa: stopped; {taken.counted.read:,} conversations are decided, the same command goes on", err=True
        )
        raise typer.Exit(EXIT_SUSPENDED)
    if not taken.counted.kept:
        raise typer.Exit(EXIT_RUN_ERROR)


def _spaced(clock: Callable[[], float] = time.monotonic) -> Callable[[Counted], None]:
    """Return what says now and then how far it is."""
    said = clock()

    def told(counted: Counted) -> None:
        nonlocal said
        if clock() - said >= SECONDS:
            said = clock()
            typer.echo(f"empa: {counted.read:,} conversations read, {counted.kept:,} kept", err=True)

    return told


def _print(taken: Taken, out: Path) -> None:
    counted = taken.counted
    before = f" ({taken.before:,} decided before)" if taken.before else ""
    console.print(literal(f"{counted.kept:,} of {counted.read:,} conversations kept{before}: {out}"))
    for part in _tables(counted):
        console.print(part)
    console.print(literal(CAUTION, "dim"))


def _tables(counted: Counted) -> Iterator[object]:
    if counted.causes:
        rows = [
            (cause, f"{number:,}", CAUSES[cause], line_numbers(counted.examples.get(cause, ())))
            for cause, number in counted.causes.items()
        ]
        yield from listed(
            ("left out", "number", "since it", "the first"), rows, width=console.width, numbers=("number",)
        )
    if counted.placeholders:
        found = [(kind, f"{number:,}") for kind, number in counted.placeholders.items()]
        yield from listed(("taken out", "different ones"), found, width=console.width, numbers=("different ones",))
