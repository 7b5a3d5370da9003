"""The offline annotator: every variable that rules and word lists can read off a conversation, without a model.

Rule: the same conversation gives the same marks; where nothing in it bears on a variable there is no mark of it, but
for start and end, which a profile cannot do without and which then say that nothing was read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from empa_graph.distill.marks import OFFLINE, Mark, Quote, Value
from empa_graph.distill.offline.about import context, danger, matter
from empa_graph.distill.offline.deficits import indicators, needs
from empa_graph.distill.offline.position import PRIOR, ends, starts
from empa_graph.distill.offline.reactions import reactions, rejected, threshold, wanted
from empa_graph.distill.offline.told import Told, quotes, told
from empa_graph.distill.records import Conversation
from empa_graph.errors import UsageError
from empa_graph.models.latent import Space


def offline_marks(conversation: Conversation, space: Space) -> tuple[Mark, ...]:
    """Return the marks of a conversation in English. Raises UsageError for a space whose dimensions are not read."""
    check_space(space)
    said = told(conversation)
    every = (*_about(said), *_positions(said), *_deficits(said), *_reactions(conversation, said))
    return tuple(_mark(conversation.id, *one) for one in every)


def check_space(space: Space) -> None:
    """Raise UsageError where ``space`` has a dimension that is not read offline, or has it within other bounds."""
    other = [one.id for one in space.dimensions if one.id not in PRIOR or (one.low, one.high) != (-1.0, 1.0)]
    if other:
        raise UsageError(
            f"space '{space.id}': nothing reads {', '.join(other)} offline (read are {', '.join(PRIOR)}, from -1 to 1);"
            " have a model (--annotator MODEL) or people (empa annotate) mark it"
        )


_Marked = tuple[str, Value, tuple[Quote, ...], str]
"""Variable, value, quotes and reason."""


def _mark(of: str, variable: str, value: Value, shown: tuple[Quote, ...], reason: str) -> Mark:
    return Mark(conversation=of, variable=variable, annotator=OFFLINE, value=value, quotes=shown, reason=reason[:600])


def _about(said: Sequence[Told]) -> Iterator[_Marked]:
    about, peril = matter(said), danger(said)
    found = {"context": context(about, peril), "matter": about, "danger": peril}
    for variable, one in found.items():
        if one is not None:
            yield variable, one.value, one.quotes, one.reason


def _positions(said: Sequence[Told]) -> Iterator[_Marked]:
    begun = dict(starts(said))
    for name, read in begun.items():
        yield f"start.{name}", read.value, quotes(read.spots), read.reason
    for name, read in ends(said, {name: read.value for name, read in begun.items()}):
        yield f"end.{name}", read.value, quotes(read.spots), read.reason


def _deficits(said: Sequence[Told]) -> Iterator[_Marked]:
    for name, level in indicators(said):
        yield f"indicator.{name}", float(level.value), quotes(level.spots), level.reason
    if (order := needs(said)) is not None:
        yield "needs", order.needs, quotes(order.spots), order.reason


def _reactions(conversation: Conversation, said: Sequence[Told]) -> Iterator[_Marked]:
    found = reactions(conversation)
    if (level := threshold(found)) is not None:
        yield "threshold", level.level, quotes(level.spots), level.reason
    for variable, wish in (("wanted", wanted(said, found)), ("rejected", rejected(found))):
        if wish is not None:
            yield variable, tuple(cue.value for cue in wish.cues), quotes(wish.spots), wish.reason
