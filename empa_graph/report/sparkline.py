"""A row of figures as a row of characters: height alone tells them, so it reads without colour."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS = "▁▂▃▄▅▆▇"
"""Up to seven eighths of a line, so that two lines above each other stay apart."""
DIGITS = "0123456789"
"""For an encoding without blocks: tenths of the height."""
GAPS = {BLOCKS: "·", DIGITS: "-"}
"""What stands where there is no figure."""


def sparkline(values: Sequence[float | None], *, top: float = 1.0, marks: str = BLOCKS) -> str:
    """Return one character of ``marks`` a value, from 0 to ``top``, what lies beyond at its end; a gap for None."""
    return "".join(GAPS[marks] if value is None else marks[_height(value, top, len(marks))] for value in values)


def marks_for(encoding: str | None) -> str:
    """Return the marks that text of this ``encoding`` can hold."""
    try:
        (BLOCKS + GAPS[BLOCKS]).encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return DIGITS
    return BLOCKS


def _height(value: float, top: float, heights: int) -> int:
    share = value / top if top > 0.0 else 0.0
    return min(heights - 1, max(0, int(share * heights)))
