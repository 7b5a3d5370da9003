"""Replies of ESConv and iEval as a strong model coded them, blind to all ratings, and an offline coder's beside them.

The codes lie outside the repository (../shared/ratings/behaviours); only figures are taken from them.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ratings import rows

from empa_graph.cues.coding import Coder
from empa_graph.cues.context import CueContext
from empa_graph.models.behaviour import AXES

CODES = dict(zip(("val", "eli", "und", "adv", "self", "dis"), AXES, strict=True))
FILES = {"esconv": "esconv_dev.jsonl", "ieval": "ieval_dev.jsonl"}
WINDOW = 24
"""Messages before a reply that its codes are told by."""
CHOOSING, REPORTING = slice(0, None, 2), slice(1, None, 2)
"""The coded conversations that may choose something, and those that only say what it is worth."""
Said = Sequence[dict[str, str]]


class Blind(NamedTuple):
    """A conversation with the strength of each axis (A,) by the index of the reply."""

    messages: Said
    codes: Mapping[int, Sequence[int]]

    @property
    def means(self) -> np.ndarray:
        """The mean code of each axis, shape (A,)."""
        return np.mean(list(self.codes.values()), axis=0)

    def coded_by(self, coder: Coder) -> np.ndarray:
        """Return the means that ``coder`` gives the same replies, shape (A,)."""
        found = [coder.strengths(self.messages[place]["content"], self._before(place)) for place in self.codes]
        return np.array([np.mean([strengths[axis] for strengths in found]) for axis in AXES])

    def _before(self, place: int) -> CueContext:
        earlier = self.messages[max(0, place - WINDOW) : place]
        person, replies = (tuple(m["content"] for m in earlier if m["role"] == role) for role in ("user", "assistant"))
        return CueContext(person=person, replies=replies)

    def excerpt(self) -> Said:
        """Return the messages that were coded: from what the first coded reply answers to the last one."""
        first = min(self.codes)
        while first and self.messages[first - 1]["role"] == "user":
            first -= 1
        return self.messages[first : max(self.codes) + 1]


def blind(folder: Path, name: str) -> Iterator[Blind]:
    """Yield the coded conversations of `esconv` or `ieval` in the order of their file."""
    codes: dict[str, dict[int, list[int]]] = defaultdict(dict)
    for row in csv.DictReader((folder / "behaviours" / f"{name}_codes.csv").open(encoding="utf-8")):
        codes[row["id"]][int(row["n"])] = [int(row[short]) for short in CODES]
    for row in rows(folder, FILES[name]):
        if row["id"] in codes:
            yield Blind(row["messages"], codes[row["id"]])
