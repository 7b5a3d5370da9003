"""Whether an agent speaks to this person: over its last replies, in words of its own, on what the person said.

A script of fixed sentences takes up nothing; a parrot and a frame filled with the person's words bring nothing of
their own; a loop says the same again. All three are told here from words alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from empa_graph.cues.context import CueContext
from empa_graph.cues.danger import in_danger
from empa_graph.cues.everyday import EVERYDAY
from empa_graph.cues.grafts import Grafts, grafts
from empa_graph.cues.overlap import copied, repeated
from empa_graph.cues.relevance import relevance
from empa_graph.cues.safety import offered
from empa_graph.cues.tokens import read, stems
from empa_graph.models.reading import UNFIT_FROM

RELEVANT, OWN, COPIED, REPEATED = (0.67, 0.75), (0.8, 1.5), (0.06, 0.16), (0.10, 0.30)
"""From where to where each mean turns: the relevance of replies to messages that can be answered, the words of a reply
that are neither the person's nor everyday, the share of words copied in runs, that of runs of three words said before.
The relevance of fixed scripts over a conversation lies at 0.46 to 0.67; that of windows of five replies by human
supporters at 0.73 to 0.84 in the middle half, 1 in 10 below 0.65."""
MOST_OWN = 3
"""Words of its own beyond which a reply brings no more."""
FRAMED, SURELY_FRAMED = (0.95, 1.15), (1.15, 1.45)
"""The same for how far the replies are frames (`_framed`): where it takes credit, and where it is sure. Of windows of
human supporters on ESConv 3 in 100 lie above 0.99 and 1 in 100 above 1.19."""
SPEAKS = (0.1, 0.7)
"""From where to where the product of relevance and framing turns; a first reply that shares nothing with anybody earns
nothing."""
GIVEN, GRAFT, SLIP = 9.0, 1.4, 1.5
"""What a share of words given back weighs beside the share that stands behind pointing words, a grafted word beside one
that is only pointed at, and a misplaced word a reply."""
LENIENT, LENIENT_WORDS = 12, 30
"""Words taken up, and words in all, that are thought well of before the first."""
ANSWERABLE = 3
"""Words of one's own in a message from which an answer can take one up."""
EXPECTED, GRANTED = 0.75, 2
"""The relevance of a human supporter, and of how many replies it is taken for granted before the first."""
LOOKED_BACK = 3
"""Windows within which answerable messages are looked for."""
SETTLED = 5
"""Replies after which the shares count in full; before, in proportion."""


class Fit(NamedTuple):
    """The shares over the last replies, and how far they are those of somebody who speaks to this person, 0 to 1."""

    relevance: float
    own: float
    copied: float
    repeated: float
    framed: float
    fit: float


class _Taken(NamedTuple):
    own: int
    copied: float
    repeated: float
    grafts: Grafts


def fitting(person: Sequence[str], replies: Sequence[str], *, window: int) -> Fit:
    """Return the fit of the last ``window`` of ``replies``, the last of which answers the last of ``person``.

    1 is somebody who speaks to this person, `UNFIT_FROM` somebody who speaks to nobody in particular, as far as words
    in common can tell it; 0 is a parrot, a loop or a frame, which are sure, and the surer the more replies there are.
    """
    count = len(replies)
    looked = [at for at in range(max(0, count - LOOKED_BACK * window), count) if replies[at].strip()]
    heard = {at: _heard(person, count - 1 - at) for at in looked}
    taken = [_taken(replies[at], heard[at], tuple(replies[:at])) for at in looked if at >= count - window]
    if not taken:
        return Fit(0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    # A person who has gone quiet gives nothing to take up: the last replies to something that could be answered count.
    answered = [at for at in looked if _is_answerable(replies[at], heard[at])][-window:]
    answerable = [relevance(replies[at], heard[at]) for at in answered]
    relevant = (GRANTED * EXPECTED + sum(answerable)) / (GRANTED + len(answerable))
    own, echoed, again = (sum(getattr(t, name) for t in taken) / len(taken) for name in ("own", "copied", "repeated"))
    framed = _framed([t.grafts for t in taken])
    new = (1 - _rising(echoed, COPIED)) * (1 - _rising(again, REPEATED)) * (1 - _rising(framed, SURELY_FRAMED))
    worded = _rising(own, OWN) * new
    told = min(1.0, len(taken) / SETTLED)
    speaks = _rising(_rising(relevant, RELEVANT) * (1.0 - _rising(framed, FRAMED)), SPEAKS)
    fit = (1.0 - (1.0 - worded) * told) * (UNFIT_FROM + (1.0 - UNFIT_FROM) * speaks)
    return Fit(relevant, own, echoed, again, framed, fit)


def _framed(found: Sequence[Grafts]) -> float:
    """Return how far the replies are frames: by how much of the last message they give back in its own form, by how
    much of what they take up stands behind pointing words, and by words that stand where nobody puts them."""
    words, given, taken, pointed, grafted, misplaced = map(sum, zip(*found, strict=True))
    back, bare = given / (words + LENIENT_WORDS), (pointed + GRAFT * grafted) / (taken + LENIENT)
    return GIVEN * back + bare + SLIP * misplaced / len(found)


def _heard(person: Sequence[str], later: int) -> tuple[str, ...]:
    """Return what was said before a reply behind which stand ``later`` more messages, counted from the end.

    An agent may have spoken first, and of a long conversation only the end is looked at.
    """
    return tuple(person[: max(0, len(person) - later)])


def _rising(value: float, between: tuple[float, float]) -> float:
    low, high = between
    return min(1.0, max(0.0, (value - low) / (high - low)))


@lru_cache(maxsize=2048)
def _taken(reply: str, person: tuple[str, ...], earlier: tuple[str, ...]) -> _Taken:
    mine, theirs = stems(reply), frozenset[str]().union(*map(stems, person))
    words = max(1, len(read(reply).tokens))
    return _Taken(
        own=min(MOST_OWN, len(mine - theirs - EVERYDAY)),
        copied=sum(copied(reply, person)) / words,
        repeated=repeated(reply, earlier),
        grafts=grafts(reply, person),
    )


def _is_answerable(reply: str, person: tuple[str, ...]) -> bool:
    """Say whether ``reply`` answers words that are this person's; to "Hm." nobody can say anything particular.

    A hand-over to safety answers none: it goes in the same words for everybody.
    """
    last = stems(person[-1]) if person else frozenset()
    if len(last - EVERYDAY) < ANSWERABLE:
        return False
    return not (in_danger(person) and offered(read(reply), CueContext(person=person)))
