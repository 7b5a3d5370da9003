"""How a run gets on: a bar in a terminal, and elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from empa_graph.cli.display import console
from empa_graph.models.turn_record import Totals
from empa_graph.report.text import many
from empa_graph.run.schedule import Progress as Event, Watch
from empa_graph.run.session import RunSession

SHARE, SECONDS = 0.1, 10.0
"""A line comes after this share of the episodes, and no sooner than so many seconds after the last."""


@contextmanager
def bar(session: RunSession) -> Iterator[Watch]:
    """Show a bar of episodes and turns, with the use of models, until the end."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TextColumn("{task.fields[turns]} turns"),
        TextColumn("{task.fields[use]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("episodes", total=session.left, turns=0, use="")
        turns = 0

        def watch(event: Event) -> None:
            nonlocal turns
            turns += event.episode is None
            use = _use(session.meter.totals, session.meter.seconds)
            shown.update(task, advance=0 if event.episode is None else 1, turns=turns, use=use)

        yield watch


def lines(session: RunSession) -> Watch:
    """Say on stderr how many episodes have ended, now and then."""
    return spaced(session.left, lambda: _use(session.meter.totals, session.meter.seconds))


def spaced(
    total: int,
    use: Callable[[], str],
    *,
    say: Callable[[str], object] = lambda line: typer.echo(line, err=True),
    clock: Callable[[], float] = time.monotonic,
) -> Watch:
    """Return what says a line when a `SHARE` of ``total`` episodes ended and `SECONDS` passed since the last one."""
    ended, said, last = 0, 0, clock()

    def watch(event: Event) -> None:
        nonlocal ended, said, last
        if event.episode is None:
            return
        ended += 1
        if ended < total and ended - said >= max(1.0, SHARE * total) and clock() - last >= SECONDS:
            said, last = ended, clock()
            say(f"empa: {ended} of {many(total, 'episode')}{', ' * bool(use())}{use()}")

    return watch


def counted(what: str) -> Callable[[], None]:
    """Return what counts its calls and says on stderr how many and how fast, `SECONDS` apart at least."""
    ended, began, say = 0, time.monotonic(), now_and_then()

    def step() -> None:
        nonlocal ended
        ended += 1
        say(f"{ended:,} {what} ({ended / max(time.monotonic() - began, 1e-9):.0f}/s)")

    return step


def now_and_then(seconds: float = SECONDS) -> Callable[[str], None]:
    """Return what says a line on stderr, ``seconds`` after the last one at the earliest."""
    said = time.monotonic()

    def told(line: str) -> None:
        nonlocal said
        if time.monotonic() - said >= seconds:
            said = time.monotonic()
            typer.echo(f"empa: {line}", err=True)

    return told


def _use(totals: Totals, seconds: float) -> str:
    """What the run has used, in a few words: rate, retries, cost."""
    if not totals.calls and not totals.replayed:
        return ""
    rate = f"{totals.calls / seconds:.1f} calls/s" if seconds > 1 else many(totals.calls, "call")
    failed = f", {totals.failed} failed" if totals.failed else ""
    return f"{rate}{failed}, {money(totals)}"


def money(totals: Totals) -> str:
    """Return the cost; what has no known price is said, never counted as nothing."""
    known = f"${totals.cost:.4f}" if 0 < totals.cost < 1 else f"${totals.cost:.2f}"
    return f"{known} + {many(totals.unpriced, 'call')} of unknown price" if totals.unpriced else known
