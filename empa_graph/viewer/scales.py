"""The scales on which people rate a reply or a conversation in the viewer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from empa_graph.errors import UsageError
from empa_graph.store.annotations import NOTE

_WRITTEN = re.compile(r"(?P<name>[a-z][a-z0-9_]{1,47})(?:=(?P<low>-?\d{1,3})\.\.(?P<high>-?\d{1,3}))?")
MOST_LEVELS = 11
MOST_SCALES = 12
ALLOWED = "allowed is NAME or NAME=LOW..HIGH, such as support=1..5, with small letters and whole numbers"


class Scale(NamedTuple):
    """A rating by name with its whole-numbered levels."""

    name: str
    low: int = 1
    high: int = 5

    @property
    def levels(self) -> range:
        """Every level from low to high."""
        return range(self.low, self.high + 1)

    @property
    def label(self) -> str:
        """The name in words."""
        return self.name.replace("_", " ")


DEFAULT = (Scale("support"),)


def scales(written: Sequence[str]) -> tuple[Scale, ...]:
    """Return the scales as they were typed; without any the default. Raises UsageError."""
    found = tuple(map(_scale, written)) or DEFAULT
    names = [scale.name for scale in found]
    if len(set(names)) < len(names):
        raise UsageError(f"--rating: '{next(n for n in names if names.count(n) > 1)}' is named twice")
    if len(found) > MOST_SCALES:
        raise UsageError(f"--rating: {len(found)} ratings, allowed are {MOST_SCALES}")
    return found


def _scale(written: str) -> Scale:
    match = _WRITTEN.fullmatch(written)
    if match is None or match["name"] == NOTE:
        raise UsageError(f"--rating '{written[:80]}': {ALLOWED}")
    if match["low"] is None:
        return Scale(match["name"])
    scale = Scale(match["name"], int(match["low"]), int(match["high"]))
    if not 2 <= len(scale.levels) <= MOST_LEVELS:
        raise UsageError(f"--rating '{written[:80]}': {len(scale.levels)} levels, allowed are 2 to {MOST_LEVELS}")
    return scale
