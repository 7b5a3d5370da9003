"""The flipped card: the same person with the order of their needs reversed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from empa_graph.models.cue import CueName
from empa_graph.models.persona import AntiPreference, Need, Persona, Preference, Priorities

NEEDS: tuple[Need, ...] = ("cognitive", "affective", "motivational")
Served = Mapping[CueName, Need]
"""The need that each supportive cue serves; a cue that serves none is absent."""


class Order(NamedTuple):
    """The need that comes first on a card and the one that comes last."""

    first: Need
    last: Need


def order(persona: Persona) -> Order | None:
    """Return the first and the last need; None where all weigh the same.

    Of needs that tie at an end, the one farther out in cognitive, affective, motivational counts.
    """
    weights = {need: _weight(persona, need) for need in NEEDS}
    first, last = max(NEEDS, key=weights.__getitem__), min(reversed(NEEDS), key=weights.__getitem__)
    return Order(first, last) if weights[first] > weights[last] else None


def with_priorities_flipped(persona: Persona) -> Persona | None:
    """Return the card on which the first and the last need have changed weights; None without an order."""
    found = order(persona)
    if found is None:
        return None
    old = persona.priorities
    changes = {found.first: getattr(old, found.last), found.last: getattr(old, found.first)}
    fields = {need: changes.get(need, getattr(old, need)) for need in NEEDS}
    return persona.model_copy(update={"priorities": Priorities(**fields)})


def with_card_flipped(persona: Persona, served: Served) -> Persona | None:
    """Return `with_priorities_flipped` with the tastes that belong to the order turned as well.

    A liking for a cue of the need that came first becomes a dislike of the same weight, and a dislike of a
    supportive cue of the need that came last becomes a liking. Adverse cues, phrases and cues that serve no need
    stay: nobody comes to like being judged, and safety does not depend on priorities.
    """
    flipped, found = with_priorities_flipped(persona), order(persona)
    if flipped is None or found is None:
        return None
    falling = [liked for liked in persona.preferences if served.get(liked.cue) == found.first]
    rising = [d for d in persona.anti_preferences if served.get(d.cue) == found.last]
    disliked = tuple(AntiPreference(cue=d.cue, weight=d.weight, reason=_LAST.format(found.first)) for d in falling)
    liked = tuple(Preference(cue=d.cue, weight=d.weight, reason=_FIRST.format(found.last)) for d in rising)
    changes = {
        "preferences": (*(p for p in persona.preferences if p not in falling), *liked),
        "anti_preferences": (*(d for d in persona.anti_preferences if d not in rising), *disliked),
    }
    return flipped.model_copy(update=changes)


_FIRST = "It meets their {} need, and that need comes before all others."
_LAST = "It answers a {} need that comes last for them, in place of what comes first."


def _weight(persona: Persona, need: Need) -> float:
    weight: float = getattr(persona.priorities, need).value
    return weight
