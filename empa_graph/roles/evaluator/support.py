"""Support of a conversation by the offline coder, placed among human supporters."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from empa_graph.content.library import content_folder
from empa_graph.cues.felt import Felt, felt
from empa_graph.cues.guards import guard_findings
from empa_graph.cues.heads import Heads, shipped_heads
from empa_graph.cues.language import foreign
from empa_graph.cues.replies import Reply, by_turn, in_context, sides
from empa_graph.cues.tokens import read
from empa_graph.models.behaviour import AXES
from empa_graph.models.dialogue import Message
from empa_graph.models.guard import FEWEST_REPLIES
from empa_graph.models.support import Support
from empa_graph.scoring.support import Reference, support

OFFLINE = "cues"


@cache
def references(file: Path | None = None) -> dict[str, Reference]:
    """Return the human supporters by coder; ``benchmarks/support_reference.py`` makes the bundled file."""
    held = json.loads((file or content_folder("evaluators") / "support.json").read_text(encoding="utf-8"))
    return {name: _reference(found) for name, found in held["coders"].items()}


def _reference(found: dict[str, dict[str, float] | list[float]]) -> Reference:
    means, spreads, quantiles = found["means"], found["spreads"], found["quantiles"]
    if not isinstance(means, dict) or not isinstance(spreads, dict) or not isinstance(quantiles, list):
        raise TypeError("a reference has means and spreads by axis, and quantiles")
    return Reference([means[a] for a in AXES], [spreads[a] for a in AXES], quantiles)


def support_of(messages: Sequence[Message], *, heads: Heads | None = None) -> Support | None:
    """Return the support of a conversation; None where the agent said nothing, or not in English."""
    replies = list(in_context(messages))
    if not replies or foreign([reply.text for reply in replies]):
        return None
    coder = heads or shipped_heads()
    coded = [coder.strengths(reply.text, reply.context) for reply in replies]
    rows = [[codes[axis] for axis in AXES] for codes in coded]
    return placed(rows, replies, messages, coder=OFFLINE)


def support_of_last(messages: Sequence[Message], *, heads: Heads | None = None) -> Support | None:
    """Return the support of the last reply alone, coded in the context of all before it; None as `support_of`.

    It is placed among conversations, whose means spread less than single replies do.
    """
    replies, said = list(in_context(messages)), list(by_turn(messages))
    if not replies or said[-1] != ("empathic", replies[-1].text) or foreign([reply.text for reply in replies]):
        return None
    codes = (heads or shipped_heads()).strengths(replies[-1].text, replies[-1].context)
    alone = [message for message in messages if message.turn == messages[-1].turn]
    return placed([[codes[axis] for axis in AXES]], replies[-1:], alone, coder=OFFLINE)


def felt_of(messages: Sequence[Message], found: Support | None, *, own_words: bool) -> Felt:
    """Return what the person of a conversation with the support ``found`` would say they felt, or why that is not told.

    ``own_words`` says whether they wrote the messages themselves, or a model did; else they are a card's lines.
    """
    if not own_words:
        return Felt(None, "card_lines", 0.0 if found is None else found.length)
    person, replies = sides(messages)
    if found is not None:
        return felt(person, replies, found.axes, own_words=True)
    return Felt(None, "not_english" if replies else "too_short", 0.0)


def placed(
    rows: Sequence[Sequence[float]], replies: Sequence[Reply], messages: Sequence[Message], *, coder: str
) -> Support:
    """Return the support of replies that ``coder`` coded, an axis a column."""
    beyond = _beyond(messages)
    found = support(rows, list(AXES.values()), references()[coder], capped=bool(beyond))
    means = [sum(column) / len(rows) for column in zip(*rows, strict=True)]
    return Support(
        value=found.value,
        low=found.low,
        high=found.high,
        percentile=found.percentile,
        axes={axis: round(mean, 4) for axis, mean in zip(AXES, means, strict=True)},
        replies=len(replies),
        length=sum(read(reply.text).length for reply in replies) / len(replies),
        coder=coder,
        provisional=len(replies) < FEWEST_REPLIES,
        capped_by=beyond,
    )


def _beyond(messages: Sequence[Message]) -> tuple[str, ...]:
    return guard_findings((message.speaker, message.content) for message in messages).beyond
