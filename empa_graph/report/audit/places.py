"""Names of the places in a dossier that numbers link to, and text that is fit to stand there."""

from __future__ import annotations

from empa_graph.report.text import one_line


def conversation(row: int) -> str:
    """Return the place of a conversation; ``row`` is its place in the report, from 0."""
    return f"conversation-{row + 1}"


def turn_of(row: int, turn: int) -> str:
    """Return the place of a turn in the transcript of a conversation."""
    return f"{conversation(row)}-turn-{turn}"


def shown(text: str) -> str:
    """Return untrusted text in one line, cut to 300 characters."""
    line = one_line(text)
    return line if len(line) <= 300 else f"{line[:297]}..."
