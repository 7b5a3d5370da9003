"""The initial indicators of EPM and the order of needs, by the wordings that tell of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, get_args

from empa_graph.distill.offline.told import Spot, Told, opening, spots
from empa_graph.models.persona import Need

LOW: Mapping[str, tuple[str, ...]] = {
    "c1": ("unsure_telling",),
    "c2": ("misread",),
    "c3": ("belief",),
    "a1": ("calm_lowest", "body_trace"),
    "a2": ("relatedness_low",),
    "a3": ("unallowed",),
    "p1": ("no_step",),
    "p2": ("competence_low",),
    "p3": ("no_aim",),
}
"""What tells of a deficit, by indicator."""
NONE: Mapping[str, str] = {
    "a1": "calm_high",
    "a2": "relatedness_high",
    "p1": "autonomy_high",
    "p2": "competence_high",
}
"""What tells that there is none."""
STEPS = (1, 2, 4)
"""Different wordings from which a deficit is at level 1, 2 and 3."""
SERVED: Mapping[Need, Mapping[str, float]] = {
    "cognitive": {"asks_why": 2.0, "unsure_telling": 1.0, "misread": 1.5},
    "affective": {"wants_ear": 2.0, "calm_lowest": 1.0, "calm_low": 0.5, "relatedness_low": 0.5},
    "motivational": {"asks_help": 2.0, "no_step": 1.5, "no_aim": 1.5, "competence_low": 0.5},
}
"""How much a wording of a list tells of each need."""


class Level(NamedTuple):
    """A level, 0 to 3, the words that tell it, and how it came about."""

    value: int
    spots: tuple[Spot, ...]
    reason: str


class Order(NamedTuple):
    """The needs, the strongest first, the words that tell of it, and how it came about."""

    needs: tuple[Need, ...]
    spots: tuple[Spot, ...]
    reason: str


def indicators(said: Sequence[Told]) -> Iterator[tuple[str, Level]]:
    """Yield the level of each indicator on which the first messages bear."""
    first = opening(said)
    for name, lists in LOW.items():
        low = spots(first, *lists)
        none = spots(first, NONE[name]) if name in NONE else ()
        if low:
            level = sum(len(low) >= step for step in STEPS)
            yield name, Level(level, low, f"{len(low)} different wordings in the first messages")
        elif none:
            yield name, Level(0, none, "the first messages tell the contrary")


def needs(said: Sequence[Told]) -> Order | None:
    """Return the needs in their order; None where nothing tells of any, or of one more than of another."""
    found = {need: {name: spots(said, name) for name in lists} for need, lists in SERVED.items()}
    told = {
        need: sum(SERVED[need][name] * len(where) for name, where in lists.items()) for need, lists in found.items()
    }
    if len(set(told.values())) == 1:
        return None
    order = tuple(sorted(get_args(Need), key=lambda need: -told[need]))
    shown = tuple(spot for where in found[order[0]].values() for spot in where)
    return Order(order, shown, "weight of what tells of each: " + ", ".join(f"{n} {told[n]:g}" for n in order))
