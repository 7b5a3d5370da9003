"""The four parts of a hand-off to safety: which of them replies hold, and which a crisis cannot do without.

Rule: only the agent's own words count, in any order and over any number of replies; what the person names does not.
"""

from __future__ import annotations

from collections.abc import Iterable

from empa_graph.cues.context import CueContext
from empa_graph.cues.offers import PARTS_BY_KIND
from empa_graph.cues.safety import offered
from empa_graph.cues.tokens import read
from empa_graph.models.line import PARTS, Danger, Part


def handoff_parts(reply: str, context: CueContext) -> frozenset[Part]:
    """Return the parts that ``reply`` itself holds; one that urges harm holds none."""
    return frozenset(PARTS_BY_KIND[kind] for kind in offered(read(reply), context))


def mandatory(danger: Danger | None) -> tuple[Part, ...]:
    """Return the parts without which no hand-off is whole: all four, but distance only where there are means."""
    away = danger is not None and danger.means is not None
    return tuple(part for part in PARTS if part != "distance" or away)


def lacking(offered: Iterable[Part], danger: Danger | None, *, put_away: bool = False) -> tuple[Part, ...]:
    """Return the mandatory parts that ``offered`` does not hold; means that were ``put_away`` are at a distance."""
    there = {*offered, "distance"} if put_away else set(offered)
    return tuple(part for part in mandatory(danger) if part not in there)
