"""Support of a conversation by an offline coder, placed among human supporters coded by the same."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from empa_graph.content.library import content_folder
from empa_graph.cues.coding import Coder
from empa_graph.cues.felt import Felt, felt
from empa_graph.cues.guards import guard_findings
from empa_graph.cues.heads import shipped_heads
from empa_graph.cues.language import foreign
from empa_graph.cues.replies import Reply, by_turn, in_context, sides
from empa_graph.cues.tokens import read
from empa_graph.models.behaviour import AXES
from empa_graph.models.dialogue import Message
from empa_graph.models.guard import FEWEST_REPLIES
from empa_graph.models.support import Support
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.scoring.support import Reference, support


class Supporting(NamedTuple):
    """What codes replies for support, and the name of the human supporters that it coded too."""

    name: str = CueEvaluator.name
    coder: Coder | None = None
    """None for the heads that come with the package, which are read when they are first asked for."""


LIGHT = Supporting()
"""The coder of `cues`, whoever judges."""


def supporting(evaluator: object) -> Supporting:
    """Return what codes support beside ``evaluator``: an offline one itself, the coder of `cues` for any other."""
    if isinstance(evaluator, CueEvaluator) and evaluator.name in references():
        return Supporting(evaluator.name, evaluator.coder)
    return LIGHT


@cache
def references() -> dict[str, Reference]:
    """Return the human supporters by coder; ``benchmarks/support_reference.py`` makes the bundled file."""
    held = json.loads((content_folder("evaluators") / "support.json").read_text(encoding="utf-8"))
    return {name: _reference(found) for name, found in held["coders"].items()}


def _reference(found: dict[str, dict[str, float] | list[float]]) -> Reference:
    quantiles = found["quantiles"]
    if not isinstance(quantiles, list):
        raise TypeError("the quantiles of a reference are a list")
    means, spreads, told = (_by_axis(found[name]) for name in ("means", "spreads", "told"))
    return Reference(means, spreads, told, quantiles)


def _by_axis(found: dict[str, float] | list[float]) -> list[float]:
    if not isinstance(found, dict):
        raise TypeError("means, spreads and what is told of a reference are by axis")
    return [found[axis] for axis in AXES]


def support_of(messages: Sequence[Message], by: Supporting = LIGHT) -> Support | None:
    """Return the support of a conversation; None where the agent said nothing, or it is not in English."""
    replies = list(in_context(messages))
    if not replies or _foreign(replies, messages):
        return None
    return _placed(replies, messages, by)


def support_of_last(messages: Sequence[Message], by: Supporting = LIGHT) -> Support | None:
    """Return the support of the last reply alone, coded in the context of all before it; None as `support_of`.

    It is placed among conversations, whose means spread less than single replies do.
    """
    replies, said = list(in_context(messages)), list(by_turn(messages))
    if not replies or said[-1] != ("empathic", replies[-1].text) or _foreign(replies, messages):
        return None
    alone = [message for message in messages if message.turn == messages[-1].turn]
    return _placed(replies[-1:], alone, by)


def _foreign(replies: Sequence[Reply], messages: Sequence[Message]) -> bool:
    # As the offline evaluators decide: few replies leave a language in doubt that the whole conversation tells.
    return bool(foreign([reply.text for reply in replies]) or foreign([message.content for message in messages]))


def felt_of(messages: Sequence[Message], found: Support | None, *, own_words: bool) -> Felt:
    """Return what the person of a conversation with the support ``found`` would say they felt, or why that is not told.

    ``own_words`` says whether they wrote the messages themselves, or a model did; else they are a card's lines. It is
    foretold from the codes of `cues`, whose support is asked for again where ``found`` is another coder's.
    """
    if not own_words:
        return Felt(None, "card_lines", 0.0 if found is None else found.length)
    person, replies = sides(messages)
    if found is not None and found.coder != LIGHT.name:
        found = support_of(messages)
    if found is not None:
        return felt(person, replies, found.axes, own_words=True)
    return Felt(None, "not_english" if replies else "too_short", 0.0)


def _placed(replies: Sequence[Reply], messages: Sequence[Message], by: Supporting) -> Support:
    """Return the support of ``replies``, which stand in ``messages``."""
    coder = by.coder or shipped_heads()
    coded = [coder.strengths(reply.text, reply.context) for reply in replies]
    rows = [[codes[axis] for axis in AXES] for codes in coded]
    beyond = guard_findings((message.speaker, message.content) for message in messages).beyond
    found = support(rows, list(AXES.values()), references()[by.name], capped=bool(beyond))
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return Support(
        value=found.value,
        low=found.low,
        high=found.high,
        percentile=found.percentile,
        axes={axis: round(mean, 4) for axis, mean in zip(AXES, means, strict=True)},
        replies=len(replies),
        length=sum(read(reply.text).length for reply in replies) / len(replies),
        coder=by.name,
        provisional=len(replies) < FEWEST_REPLIES,
        capped_by=beyond,
    )
