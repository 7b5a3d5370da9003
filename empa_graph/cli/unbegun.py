"""An interruption while a command still starts: one line, so that nobody looks for what was never begun."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from empa_graph.cli import EXIT_INTERRUPTED, UNBEGUN


@contextmanager
def unbegun() -> Iterator[None]:
    """Say of an interruption within that nothing was begun, and exit with its code."""
    try:
        yield
    except KeyboardInterrupt:
        typer.echo(f"empa: {UNBEGUN}", err=True)
        raise typer.Exit(EXIT_INTERRUPTED) from None
