"""Text that cannot steer the terminal nor pass for a line of ours, and user code's prints kept from JSON lines."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from typing import TextIO

from empa_graph.cli.streams import output_aside
from empa_graph.report.text import one_line, plain, shortened

__all__ = ["one_line", "plain", "prints_aside", "railed", "shortened"]

RAIL = "      | "
"""Stands before each further line of what somebody said; no line of ours begins so."""


def railed(lines: list[str], *, rail: str = RAIL) -> str:
    """Return ``lines`` of one speech with a rail before each but the first."""
    return f"\n{rail}".join(lines)


@contextmanager
def prints_aside(as_json: bool) -> Iterator[TextIO]:
    """Yield stdout; with ``as_json`` that is for our own lines, and what code of the user prints goes to stderr.

    So does what its subprocesses print.
    """
    if not as_json:
        yield sys.stdout
        return
    with output_aside() as own, redirect_stdout(sys.stderr):
        yield own
