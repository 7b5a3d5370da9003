"""Where the person stands at the start and at the end on the dimensions of `sdt`, by the words of either pole.

Both are read from the person alone. What the replies did is no part of the end: read as an episode's steps it says
nothing of how people's own ratings changed, the person's last messages say a little (docs/distill.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from empa_graph.distill.offline.told import Spot, Told, closing, opening, spots

PRIOR: Mapping[str, float] = {"autonomy": -0.4, "competence": -0.23, "relatedness": -0.45, "calm": -0.5}
"""Mean start of the bundled cards: where somebody stands of whom nothing is read."""
DOUBT = 2.0
"""Evidence that the prior is worth."""
STAYS = 4.0
"""Evidence that it is worth to stay where one began."""
HEAVY = 2.0
"""What a word of despair, panic or rage is worth beside one of unease."""


class Read(NamedTuple):
    """A position on one dimension, what it stands on, and how it came about."""

    value: float
    spots: tuple[Spot, ...]
    reason: str


class _Poles(NamedTuple):
    low: float
    high: float
    spots: tuple[Spot, ...]

    @property
    def found(self) -> str:
        return f"weight {self.low:g} of its low pole, {self.high:g} of its high pole"


def starts(said: Sequence[Told]) -> Iterator[tuple[str, Read]]:
    """Yield the start by dimension."""
    for name, prior in PRIOR.items():
        poles = _poles(name, opening(said))
        value = _pulled(prior, poles, DOUBT)
        told = poles.found if poles.spots else "no word of either pole"
        yield name, Read(value, poles.spots, f"first messages: {told}; the bundled cards' mean is {prior:g}")


def ends(said: Sequence[Told], begun: Mapping[str, float]) -> Iterator[tuple[str, Read]]:
    """Yield the end by dimension, of who ``begun`` where it says."""
    last = closing(said)
    eased, thanks, objects = (spots(last, name) for name in ("eased", "thanks", "objects"))
    for name, start in begun.items():
        poles = _poles(name, last)
        better = poles._replace(
            low=poles.low + 0.5 * len(objects),
            high=poles.high + 2 * len(eased) + len(thanks),
            spots=(*eased, *poles.spots, *thanks, *objects),
        )
        told = better.found if better.spots else "no word of either pole, so as at the start"
        yield name, Read(_pulled(start, better, STAYS), better.spots, f"last messages: {told}")


def _poles(name: str, said: Sequence[Told]) -> _Poles:
    heavy, low, high = (spots(said, *lists) for lists in _lists(name))
    lighter = tuple(spot for spot in low if not _inside(spot, heavy))
    return _Poles(HEAVY * len(heavy) + len(lighter), float(len(high)), (*heavy, *lighter, *high))


def _lists(name: str) -> tuple[tuple[str, ...], ...]:
    return ("calm_lowest",) if name == "calm" else (), (f"{name}_low",), (f"{name}_high",)


def _inside(spot: Spot, others: Sequence[Spot]) -> bool:
    same = (one.hit for one in others if one.told == spot.told)
    return any(hit.start <= spot.hit.start and spot.hit.end <= hit.end for hit in same)


def _pulled(since: float, poles: _Poles, doubt: float) -> float:
    """Return ``since`` moved towards the pole that is spoken of more, by its share of all evidence and the doubt."""
    share = (poles.high - poles.low) / (poles.high + poles.low + doubt)
    room = (1.0 if share > 0 else -1.0) - since
    return round(since + abs(share) * room, 3)
