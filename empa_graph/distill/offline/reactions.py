"""What replies did and how the person answered: what they want of a reply, what they turn away, what they let in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from empa_graph.cues.coding import coded
from empa_graph.cues.context import CueContext
from empa_graph.cues.heads import shipped_heads
from empa_graph.cues.tokens import read
from empa_graph.distill.offline.told import Spot, Told, spots
from empa_graph.distill.records import Conversation
from empa_graph.models.behaviour import Behaviour, Code, Sign
from empa_graph.models.cue import CueName
from empa_graph.models.persona import Threshold

SHOWN = 2.0
"""Strength from which a reply shows a behaviour: clearly."""
MOST = 4
"""Cues of a mark."""
FEWEST = 2
"""Reactions to comfort from which a threshold is told."""
OPEN, CLOSED = 0.2, 0.5
"""Shares of comfort that is pushed back, up to which it is let in as it comes, and from which it is turned away."""
GIVEN: Mapping[Behaviour, CueName] = {
    "validating": CueName.VALIDATION,
    "understanding": CueName.REFLECTION,
    "eliciting": CueName.OPEN_QUESTION,
    "leaving_choice": CueName.AUTONOMY_SUPPORT,
    "affirming": CueName.AFFIRMATION,
    "advising": CueName.CONCRETE_HELP,
}
TURNED_AWAY: Mapping[Sign, CueName] = {
    "advising": CueName.PREMATURE_ADVICE,
    "dismissing": CueName.DISMISSING,
    "self_turning": CueName.SELF_TURNING,
    "pressing": CueName.INTERROGATION,
}
COMFORT: frozenset[Sign] = frozenset({"validating", "affirming", "advising", "understanding"})


class Reaction(NamedTuple):
    """How the person answers a reply: for or against it (``well`` 1 or -1), what it did, the words of the answer."""

    well: int
    codes: tuple[Code, ...]
    spots: tuple[Spot, ...]


class Wish(NamedTuple):
    """Cues, the words that show them, and how they came about."""

    cues: tuple[CueName, ...]
    spots: tuple[Spot, ...]
    reason: str


def reactions(of: Conversation) -> tuple[Reaction, ...]:
    """Return the answers that are for or against the reply before them, in order."""
    return tuple(found for reply, context, told in _answered(of) if (found := _reaction(reply, context, told)))


def _reaction(reply: str, context: CueContext, told: Told) -> Reaction | None:
    agrees, objects = spots([told], "agrees"), spots([told], "objects")
    if len(agrees) == len(objects):
        return None
    well = len(agrees) > len(objects)
    shown = tuple(code for code in coded(reply, context, shipped_heads()) if code.strength >= SHOWN)
    return Reaction(1 if well else -1, shown, agrees if well else objects)


def _answered(of: Conversation) -> Iterator[tuple[str, CueContext, Told]]:
    """Yield each run of replies as one text, what came before it, and the first message that answers it."""
    person: list[str] = []
    replies: list[str] = []
    said: list[str] = []
    for at, turn in enumerate(of.turns):
        if turn.speaker == "empathic":
            said.append(turn.text)
            continue
        reply = "\n".join(said)
        if read(reply).tokens and read(turn.text).tokens:
            yield reply, CueContext(person=tuple(person), replies=tuple(replies)), Told(at, turn.text)
        replies += [reply] if said else []
        said = []
        person.append(turn.text)


def wanted(said: Sequence[Told], found: Sequence[Reaction]) -> Wish | None:
    """Return what the person took well or asked for, the most often first; None where nothing shows."""
    asked = {CueName.CONCRETE_HELP: spots(said, "asks_help"), CueName.REFLECTION: spots(said, "wants_ear")}
    tally = Counter({cue: len(where) for cue, where in asked.items() if where})
    tally.update(_tally(found, GIVEN))
    shown = tuple(spot for where in asked.values() for spot in where) + _shown(found, 1)
    return _wish(tally, shown, "taken well or asked for, less what was pushed back")


def rejected(found: Sequence[Reaction]) -> Wish | None:
    """Return what the person pushed back more often than they took it well; None where nothing shows."""
    tally = Counter({cue: -count for cue, count in _tally(found, TURNED_AWAY).items()})
    return _wish(tally, _shown(found, -1), "pushed back, less what was taken well")


def _tally(found: Sequence[Reaction], cues: Mapping[Behaviour, CueName] | Mapping[Sign, CueName]) -> Counter[CueName]:
    tally: Counter[CueName] = Counter()
    known = {str(behaviour): cue for behaviour, cue in cues.items()}
    for one in found:
        for code in one.codes:
            if (cue := known.get(code.behaviour)) is not None:
                tally[cue] += one.well
    return tally


def _shown(found: Sequence[Reaction], well: int) -> tuple[Spot, ...]:
    return tuple(spot for one in found if one.well == well and one.codes for spot in one.spots[:1])


def _wish(tally: Counter[CueName], shown: tuple[Spot, ...], how: str) -> Wish | None:
    most = [(cue, count) for cue, count in tally.most_common() if count > 0][:MOST]
    told = ", ".join(f"{cue.value} {count}" for cue, count in most)
    return Wish(tuple(cue for cue, _ in most), shown, f"{how}: {told}") if most else None


class Level(NamedTuple):
    """A threshold, the words that show it, and how it came about."""

    level: Threshold
    spots: tuple[Spot, ...]
    reason: str


def threshold(found: Sequence[Reaction]) -> Level | None:
    """Return how much must be understood before comfort is let in; None with fewer than `FEWEST` answers to comfort."""
    comforted = [one for one in found if not COMFORT.isdisjoint(code.behaviour for code in one.codes)]
    if len(comforted) < FEWEST:
        return None
    back = sum(one.well < 0 for one in comforted)
    share = back / len(comforted)
    level: Threshold = "low" if share <= OPEN else "high" if share >= CLOSED else "medium"
    shown = _shown(comforted, -1 if level != "low" else 1)
    return Level(level, shown, f"{back} of {len(comforted)} answers to comfort or advice push it back")
