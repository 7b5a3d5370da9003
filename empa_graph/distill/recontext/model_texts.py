"""What a model writes of a card: the goal's texts, each line with a good reply."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from empa_graph.distill.recontext.compose import Made
from empa_graph.models.line import Beat, GoalLines, Line, ShortText
from empa_graph.models.record import Record

LEAST_TRUST, MOST_TRUST = 0.3, 0.7
"""Trust of the first beat and of the last; the others lie between them at equal steps."""


class Told(Record):
    """A line and the reply to it."""

    text: ShortText
    reply: ShortText


class Texts(Record):
    """The goal, written anew."""

    title: ShortText
    brought: ShortText
    reached_when: ShortText
    openings: Annotated[tuple[Told, ...], Field(min_length=2, max_length=4)]
    beats: Annotated[tuple[Told, ...], Field(min_length=3, max_length=5)]
    elaborations: Annotated[tuple[Told, ...], Field(min_length=5, max_length=12)]
    settle: Annotated[tuple[Told, ...], Field(min_length=2, max_length=4)]


def with_texts(made: Made, texts: Texts) -> Made:
    """Return ``made`` with the goal's texts in the place of the bank's, and their replies beside the others.

    Raises ValueError where two lines are word for word the same.
    """
    goal = made.card.goals[0]
    several = (*texts.openings, *texts.beats, *texts.elaborations, *texts.settle)
    if len({told.text for told in several}) < len(several):
        raise ValueError("two lines are the same")
    step = (MOST_TRUST - LEAST_TRUST) / (len(texts.beats) - 1)
    beats = tuple(
        Beat(id=f"told_{place + 1}", trust=round(LEAST_TRUST + place * step, 2), text=told.text)
        for place, told in enumerate(texts.beats)
    )
    written = goal.model_copy(
        update={
            "title": texts.title,
            "brought": texts.brought,
            "reached_when": texts.reached_when,
            "openings": _lines(texts.openings),
            "beats": beats,
            "elaborations": _lines(texts.elaborations),
            "lines": GoalLines(settle=_lines(texts.settle)),
        }
    )
    who = made.card.summary.rpartition(": ")[0]
    card = made.card.model_copy(update={"goals": (written,), "summary": f"{who}: {texts.brought}"})
    return made._replace(
        card=type(made.card).model_validate(card.model_dump()),
        replies={**made.replies, **{told.text: told.reply for told in several}},
        by_model=True,
    )


def _lines(several: tuple[Told, ...]) -> tuple[Line, ...]:
    return tuple(Line(text=told.text) for told in several)
