"""Whether an agent speaks to this person: in words of its own, on what the person said.

A script of fixed sentences takes up nothing; a parrot and a frame filled with the person's words bring nothing of
their own; a loop says the same again. All three are told here from words alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from empa_graph.cues.context import CueContext
from empa_graph.cues.danger import in_danger
from empa_graph.cues.everyday import EVERYDAY
from empa_graph.cues.grafts import Grafts, framed, grafts
from empa_graph.cues.overlap import copied, repeated
from empa_graph.cues.relevance import evidence, is_answerable
from empa_graph.cues.safety import offered
from empa_graph.cues.tokens import read, stems
from empa_graph.models.guard import FEWEST_TOLD
from empa_graph.models.reading import UNFIT_FROM

BELIEF = (-4.0, 2.0)
"""Between which the running sum of what the replies tell stays: an agent that ceases to answer this person is told
within a few replies, and one that never did has longer to make up for it."""
ANSWERS, OWN, COPIED, REPEATED = (-0.6, 0.8), (0.8, 1.5), (0.12, 0.19), (0.10, 0.30)
"""From where to where each turns: that sum, and means over the last replies: the words of one that are neither the
person's nor everyday, the share of words copied in runs, that of runs of three words said before."""
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
COMPARED, REMEMBERED = 12, 17
"""Messages of each side before a reply that its form is compared with, and replies whose sum counts. Within both a
reply reads the same at every later turn of a role that is shown the last twenty (`roles.views.RECENT`)."""
SETTLED, SETTLED_OWN = 5, 3
"""Replies after which the shares count in full, before in proportion, and replies long enough to bring words of their
own from which these count at all."""


class Fit(NamedTuple):
    """The shares over the last replies, and how far they are those of somebody who speaks to this person, 0 to 1."""

    answers: float
    """What all replies tell for somebody who answers this person: log-odds, within `BELIEF`."""
    own: float
    copied: float
    repeated: float
    framed: float
    fit: float


class _Taken(NamedTuple):
    own: int | None
    """None of a reply too brief to tell, or to a message that held next to nothing."""
    form: _Form


class _Form(NamedTuple):
    copied: float
    repeated: float
    grafts: Grafts


def fitting(person: Sequence[str], replies: Sequence[str], *, window: int) -> Fit:
    """Return the fit of ``replies``, the last of which answers the last of ``person``; form counts over ``window``.

    1 is somebody who speaks to this person, `UNFIT_FROM` somebody who speaks to nobody in particular, as far as words
    in common can tell it; 0 is a parrot, a loop or a frame, which are sure, and the surer the more replies there are.
    """
    count, ahead = len(replies), len(person) - len(replies) + 1  # an agent may have spoken first
    said = [at for at in range(max(0, count - REMEMBERED), count) if replies[at].strip()]
    heard = {at: tuple(person[: max(0, at + ahead)]) for at in said}
    earlier = {at: tuple(replies[max(0, at - COMPARED) : at]) for at in said}
    taken = [_taken(replies[at], heard[at][-COMPARED:], earlier[at]) for at in said if at >= count - window]
    if not taken:
        return Fit(0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
    answers = _answers((replies[at], heard[at]) for at in said)
    brought = [t.own for t in taken if t.own is not None]
    own = sum(brought) / len(brought) if brought else float(MOST_OWN)
    echoed, again, frames, new = _new([t.form for t in taken], (COPIED, REPEATED, SURELY_FRAMED))
    lacking = 1.0 - _rising(own, OWN) if len(brought) >= SETTLED_OWN else 0.0
    worded = (1.0 - lacking) * new
    told = min(1.0, len(taken) / SETTLED)
    speaks = _rising(_rising(answers, ANSWERS) * (1.0 - _rising(frames, FRAMED)), SPEAKS)
    fit = (1.0 - (1.0 - worded) * told) * (UNFIT_FROM + (1.0 - UNFIT_FROM) * speaks)
    return Fit(answers, own, echoed, again, frames, fit)


def surely_new(person: Sequence[str], replies: Sequence[str], *, window: int) -> float:
    """Return how far the last ``window`` of ``replies`` are surely no parrot, no loop and no frames, 0 to 1.

    It is what can be told of an agent where no card says what would be particular to the person; of fewer than
    `FEWEST_TOLD` replies it is nothing, 1.
    """
    count, ahead = len(replies), len(person) - len(replies) + 1  # an agent may have spoken first
    forms = [
        _form(replies[at], tuple(person[: max(0, at + ahead)][-COMPARED:]), tuple(replies[max(0, at - COMPARED) : at]))
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
    told = len(read(reply).tokens) >= BRIEF and is_answerable(*person[-1:])
    return _Taken(own=own if told else None, form=_form(reply, person, earlier))


@lru_cache(maxsize=2048)
def _form(reply: str, person: tuple[str, ...], earlier: tuple[str, ...]) -> _Form:
    words = max(1, len(read(reply).tokens))
    return _Form(sum(copied(reply, person)) / words, repeated(reply, earlier), grafts(reply, person))


def _answers(said: Iterable[tuple[str, tuple[str, ...]]]) -> float:
    """Return the running sum of what replies, each with what was heard before it, tell.

    A hand-over to safety tells nothing against its agent: it goes in the same words for everybody.
    """
    least, most = BELIEF
    told = 0.0
    for reply, person in said:
        found = evidence(reply, person)
        if found < 0.0 and in_danger(person) and offered(read(reply), CueContext(person=person)):
            continue
        told = min(most, max(least, told + found))
    return told
