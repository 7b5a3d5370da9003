"""Whether an agent speaks to this person: over its last replies, in words of its own, on what the person said.

A script of fixed sentences takes up nothing; a parrot and a frame filled with the person's words bring nothing of
their own; a loop says the same again. All three are told here from words alone.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues.context import CueContext
from empa_graph.cues.danger import in_danger
from empa_graph.cues.everyday import EVERYDAY
from empa_graph.cues.grafts import Grafts, framed, grafts
from empa_graph.cues.overlap import copied, repeated
from empa_graph.cues.safety import offered
from empa_graph.cues.sentence_vectors import STEM, Summed, sentence_vectors
from empa_graph.cues.tokens import read, stems
from empa_graph.models.guard import FEWEST_TOLD
from empa_graph.models.reading import UNFIT_FROM

RELEVANT, OWN, COPIED, REPEATED = (0.72, 0.77), (0.8, 1.5), (0.12, 0.19), (0.10, 0.30)
"""From where to where each mean turns: the relevance of replies to messages that can be answered, the words of a reply
that are neither the person's nor everyday, the share of words copied in runs, that of runs of three words said before.
Of windows of five replies by human supporters on ESConv 93% lie above the first and 84% above the second; of fixed
comforts in their place 12% and 3%."""
MOST_OWN = 3
"""Words of its own beyond which a reply brings no more."""
BRIEF = 10
"""Words of a reply below which it need bring none of its own."""
FRAMED, SURELY_FRAMED = (1.3, 1.5), (1.5, 1.75)
"""The same for how far the replies are frames (`grafts.framed`): where it takes credit, and where it is sure. Of
windows of five replies by human supporters on ESConv 1 in 100 lies above 1.06, by `expert` none above 1.28, by a strong
chat model, which says and gives back more, 1 in 20 above 1.45; of frames filled with the longest words 1 in 20 lies
below 1.9, of the best that a search found below 1.43."""
WITHOUT_CARD = (0.16, 0.30), (0.20, 0.40), (1.6, 2.2)
"""The same for copied, repeated and framed where there is no card, chosen beside the limits of `guards` and not fitted.
Of 200 human supporters on ESConv the mean composite was 57.6 without and 57.3 with them, when a supposed start still
bounded let-downs."""
SPEAKS = (0.1, 0.7)
"""From where to where the product of relevance and framing turns; a first reply that shares nothing with anybody earns
nothing."""
ANSWERABLE = 3
"""Words of one's own in a message from which an answer can take one up."""
EXPECTED, GRANTED = 0.78, 2
"""The relevance of a human supporter, and of how many replies it is taken for granted before the first."""
LOOKED_BACK = 3
"""Windows within which answerable messages are looked for."""
SETTLED, SETTLED_OWN = 5, 3
"""Replies after which the shares count in full, and replies long enough to bring words of their own after which these
do; before, in proportion."""


PASSAGES = Path(__file__).parent / "passages.json"
LATE = 3
"""Messages of the person that count together as what is talked about now."""


class Fit(NamedTuple):
    """The shares over the last replies, and how far they are those of somebody who speaks to this person, 0 to 1."""

    relevance: float
    own: float
    copied: float
    repeated: float
    framed: float
    fit: float


class _Taken(NamedTuple):
    own: int | None
    """None of a reply too brief to tell."""
    form: _Form


class _Form(NamedTuple):
    copied: float
    repeated: float
    grafts: Grafts


def fitting(person: Sequence[str], replies: Sequence[str], *, window: int) -> Fit:
    """Return the fit of the last ``window`` of ``replies``, the last of which answers the last of ``person``.

    1 is somebody who speaks to this person, `UNFIT_FROM` somebody who speaks to nobody in particular, as far as words
    in common can tell it; 0 is a parrot, a loop or a frame, which are sure, and the surer the more replies there are.
    """
    count, ahead = len(replies), len(person) - len(replies) + 1  # an agent may have spoken first
    looked = [at for at in range(max(0, count - LOOKED_BACK * window), count) if replies[at].strip()]
    heard = {at: tuple(person[: max(0, at + ahead)]) for at in looked}
    taken = [_taken(replies[at], heard[at], tuple(replies[:at])) for at in looked if at >= count - window]
    if not taken:
        return Fit(0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    # A person who has gone quiet gives nothing to take up: the last replies to something that could be answered count.
    answered = [at for at in looked if _is_answerable(replies[at], heard[at])][-window:]
    answerable = [relevance(replies[at], heard[at][-LATE:]) for at in answered]
    relevant = (GRANTED * EXPECTED + sum(answerable)) / (GRANTED + len(answerable))
    brought = [t.own for t in taken if t.own is not None]
    own = sum(brought) / len(brought) if brought else float(MOST_OWN)
    echoed, again, frames, new = _new([t.form for t in taken], (COPIED, REPEATED, SURELY_FRAMED))
    lacking = (1.0 - _rising(own, OWN)) * min(1.0, len(brought) / SETTLED_OWN)
    worded = (1.0 - lacking) * new
    told = min(1.0, len(taken) / SETTLED)
    speaks = _rising(_rising(relevant, RELEVANT) * (1.0 - _rising(frames, FRAMED)), SPEAKS)
    fit = (1.0 - (1.0 - worded) * told) * (UNFIT_FROM + (1.0 - UNFIT_FROM) * speaks)
    return Fit(relevant, own, echoed, again, frames, fit)


def surely_new(person: Sequence[str], replies: Sequence[str], *, window: int) -> float:
    """Return how far the last ``window`` of ``replies`` are surely no parrot, no loop and no frames, 0 to 1.

    It is what can be told of an agent where no card says what would be particular to the person; of fewer than
    `FEWEST_TOLD` replies it is nothing, 1.
    """
    count, ahead = len(replies), len(person) - len(replies) + 1  # an agent may have spoken first
    forms = [
        _form(replies[at], tuple(person[: max(0, at + ahead)]), tuple(replies[:at]))
        for at in range(max(0, count - window), count)
        if replies[at].strip()
    ]
    if not forms:
        return 1.0
    return 1.0 - (1.0 - _new(forms, WITHOUT_CARD)[-1]) * _rising(len(forms), (FEWEST_TOLD - 1, SETTLED))


def _new(forms: Sequence[_Form], turns: Sequence[tuple[float, float]]) -> tuple[float, float, float, float]:
    """Return the mean shares copied and said before, how far the replies are frames, and how far they are none."""
    copied, repeated, grafts = zip(*forms, strict=True)
    shares = (
        sum(copied) / len(forms),
        sum(repeated) / len(forms),
        framed(Grafts(*map(sum, zip(*grafts, strict=True))), len(forms)),
    )
    return *shares, math.prod(1.0 - _rising(share, turn) for share, turn in zip(shares, turns, strict=True))


def _rising(value: float, between: tuple[float, float]) -> float:
    low, high = between
    return min(1.0, max(0.0, (value - low) / (high - low)))


@lru_cache(maxsize=2048)
def _taken(reply: str, person: tuple[str, ...], earlier: tuple[str, ...]) -> _Taken:
    mine, theirs = stems(reply), frozenset[str]().union(*map(stems, person))
    own = min(MOST_OWN, len(mine - theirs - EVERYDAY))
    return _Taken(own=own if len(read(reply).tokens) >= BRIEF else None, form=_form(reply, person, earlier))


@lru_cache(maxsize=2048)
def _form(reply: str, person: tuple[str, ...], earlier: tuple[str, ...]) -> _Form:
    words = max(1, len(read(reply).tokens))
    return _Form(sum(copied(reply, person)) / words, repeated(reply, earlier), grafts(reply, person))


def _is_answerable(reply: str, person: tuple[str, ...]) -> bool:
    """Say whether ``reply`` answers words that are this person's; to "Hm." nobody can say anything particular.

    A hand-over to safety answers none: it goes in the same words for everybody.
    """
    last = stems(person[-1]) if person else frozenset()
    if len(last - EVERYDAY) < ANSWERABLE:
        return False
    return not (in_danger(person) and offered(read(reply), CueContext(person=person)))


class _Others(NamedTuple):
    messages: int
    counts: dict[str, int]
    passages: tuple[frozenset[str], ...]


@lru_cache(maxsize=2048)
def relevance(reply: str, late: tuple[str, ...]) -> float:
    """Return the share of other people's passages with which ``reply`` has less in common than with ``late``.

    These are this person's last messages. It is kept for a while: a reply is looked at again with every turn behind it.
    A fixed script shares no more with this person than with anybody, whatever words it is made of, so that it comes out
    near a half on average. Windows of five replies by human supporters on ESConv have a median of 0.88, 1 in 20 less
    than 0.69; fixed comforts in their place a median of 0.60, 1 in 20 more than 0.75.

    In common are content stems, each by how rare it is, and what the stems mean, by vectors of words; the mean of both
    tells human supporters from fixed comforts better than either. A tie counts half, so a reply that shares nothing
    with anybody has 0.5. In [0, 1].
    """
    mine = stems(reply)
    theirs = frozenset[str]().union(*map(stems, late))
    return (_by_words(mine, theirs) + _by_meaning(mine, theirs)) / 2.0


def _by_words(mine: frozenset[str], theirs: frozenset[str]) -> float:
    there = [_shared(mine, said) / norm for said, norm in zip(_others().passages, _norms(), strict=True)]
    return _rank(_shared(mine, theirs) / _norm(theirs), there)


def _by_meaning(mine: frozenset[str], theirs: frozenset[str]) -> float:
    reply, heard = map(_meaning, (mine, theirs))
    if not reply.length or not heard.length:
        return 0.5
    here, *there = (int(reply.vector @ said.vector) / said.length for said in (heard, *_meant()))
    return _rank(here, there)


def _meaning(said: frozenset[str]) -> Summed:
    return sentence_vectors().summed({STEM + stem: 1 for stem in said})


def _rank(here: float, there: Sequence[float]) -> float:
    return sum(0.5 if here == value else here > value for value in there) / len(there)


def _shared(mine: frozenset[str], theirs: frozenset[str]) -> float:
    return sum(_rare(stem) ** 2 for stem in mine & theirs)


def _norm(said: frozenset[str]) -> float:
    return math.sqrt(_shared(said, said)) or 1.0


@lru_cache(maxsize=8192)
def _rare(stem: str) -> float:
    """Return how much a shared stem tells, by how many messages of other people it stands in."""
    return math.log((_others().messages + 1) / (_others().counts.get(stem, 0) + 0.5))


@cache
def _others() -> _Others:
    found = json.loads(PASSAGES.read_text(encoding="utf-8"))
    return _Others(found["messages"], found["counts"], tuple(map(frozenset, found["passages"])))


@cache
def _meant() -> tuple[Summed, ...]:
    return tuple(map(_meaning, _others().passages))


@cache
def _norms() -> tuple[float, ...]:
    return tuple(map(_norm, _others().passages))
