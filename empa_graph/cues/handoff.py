"""The four parts of a hand-off to safety, and whether a reply asks plainly about danger."""

from __future__ import annotations

from typing import Literal

from empa_graph.cues.context import CueContext
from empa_graph.cues.phrasebook import affirmed
from empa_graph.cues.safety import offered
from empa_graph.cues.tokens import read

Part = Literal["question", "distance", "service", "near"]
"""A plain question about the danger, distance from the means, a named line or service, somebody near."""
_PARTS: dict[str, Part] = {"asks_plainly": "question", "service": "service", "nearby": "near"}


def handoff_parts(reply: str, context: CueContext) -> frozenset[Part]:
    """Return the parts that ``reply`` itself holds; one that urges harm holds none."""
    reading = read(reply)
    found = {_PARTS[kind] for kind in offered(reading, context)}
    if affirmed(reading, "distance"):
        found.add("distance")
    return frozenset(found)
