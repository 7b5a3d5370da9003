"""Text that cannot steer the terminal, nor pass for a line of ours."""

from __future__ import annotations

from empa_graph.report.plain import one_line, plain

__all__ = ["one_line", "plain", "railed"]

RAIL = "      | "
"""Stands before each further line of what somebody said; no line of ours begins so."""


def railed(lines: list[str], *, rail: str = RAIL) -> str:
    """Return ``lines`` of one speech with a rail before each but the first."""
    return f"\n{rail}".join(lines)
