"""A card's goal written by a chat model: asked once, and once more with what is wrong; else the bank's words stand."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, JsonValue, ValidationError

from empa_graph.distill.marks import Profile
from empa_graph.distill.recontext.compose import Made
from empa_graph.distill.records import Conversation
from empa_graph.errors import ProviderError
from empa_graph.llm import Chat, Prompt
from empa_graph.models.line import Beat, GoalLines, Line, ShortText
from empa_graph.models.persona import Persona
from empa_graph.models.record import Record
from empa_graph.roles.evaluator.asking import again
from empa_graph.roles.fence import fenced, json_line, mark, shown
from empa_graph.seeds import derived_seed, digest_of

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


MOST_MESSAGES = 40
"""Messages of the source that a model is shown, from the first."""
LONGEST_MESSAGE = 1_500
"""Characters of one message that a model is shown."""
LONGEST_FAULT = 300
ATTEMPTS = 2
Unwritable = Literal["not_answered", "not_usable", "refused"]
"""No answer came, or none that fits the schema, or its card cannot stand."""
Wrong = Callable[[Persona], str | None]


async def retold(
    chat: Chat, made: Made, source: Conversation, profile: Profile, wrong: Wrong, *, seed: int
) -> Made | Unwritable:
    """Return ``made`` with its goal in the model's words, or why the bank's stand; ``wrong`` says what cannot stand.

    An outage is a cause like the others, so that one service does not end the whole.
    """
    known = request(made, source, profile, seed=seed)
    fault, cause = "", "not_usable"
    for attempt in range(ATTEMPTS):
        prompts = [Prompt(role="system", content=_instructions()), Prompt(role="user", content=known + fault)]
        one = derived_seed(seed, source.id, "recontext", attempt)
        try:
            answer = await again(lambda p=prompts, s=one: chat.complete(p, schema=Texts, seed=s))  # type: ignore[misc]
        except ProviderError:
            return "not_answered"
        try:
            found = with_texts(made, Texts.model_validate_json(answer.text))
        except (ValidationError, ValueError) as error:
            fault, cause = _again(_first(error)), "not_usable"
            continue
        why = wrong(found.card)
        if why is None:
            return found
        fault, cause = _again(why), "refused"
    return "refused" if cause == "refused" else "not_usable"


def request(made: Made, source: Conversation, profile: Profile, *, seed: int) -> str:
    """Return what the model is shown: the person it writes for, and the conversation, fenced as data."""
    card = made.card
    about: dict[str, JsonValue] = {
        "summary": card.summary.rpartition(": ")[0],
        "country": card.country,
        "diction": card.voice.diction,
        "longest": card.voice.words[1],
        "fixed": [line.text for line in card.lines.elaborate if line.answers],
        "matter": profile.matter,
        "context": card.goals[0].context,
        "needs": list(profile.needs),
        "threshold": card.empathy_threshold.level,
    }
    said = [
        json_line({"message": number, "by": turn.speaker, "text": shown(turn.text, LONGEST_MESSAGE)})
        for number, turn in enumerate(source.turns[:MOST_MESSAGES], start=1)
    ]
    own = mark(seed, "recontext", source.id)
    return (
        f"{fenced([json_line({'person': about}), *said], own)}\nWrite the goal for the person of the record `person`."
    )


@cache
def _instructions() -> str:
    text = (Path(__file__).parent / "prompt.md").read_text(encoding="utf-8")
    return text.partition("\n\n")[2].strip()


def prompt_name(chat: Chat) -> str:
    """Return the model's name with the first 12 digits of the hash of its instructions and its schema."""
    told = f"{_instructions()}{Texts.model_json_schema()}"
    return f"{chat.name} {digest_of(told)[:12]}"


def _again(why: str) -> str:
    return f"\nAn earlier answer could not be used: {why[:LONGEST_FAULT]}. Write all of it anew."


def _first(error: ValueError) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"


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
