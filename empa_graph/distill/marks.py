"""What is marked on a kept conversation, by a model, the offline axes or a person: one value of one variable each.

Stage 1 of a distillation fills variables, stage 2 reads the `Profile` that they give together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import AwareDatetime, Field, StringConstraints

from empa_graph.distill.records import Conversation
from empa_graph.models.cue import ADVERSE, CueName
from empa_graph.models.latent import Space
from empa_graph.models.persona import Context, Need, Threshold
from empa_graph.models.record import Record

Scale = Literal["interval", "ordinal", "nominal", "set", "order"]
"""How far two values of a variable lie apart: what agreement is measured by."""
Peril = Literal["none", "hinted", "stated"]
"""Danger to the person or by them, as far as the conversation tells."""
Matter = Literal[
    "work", "study", "money", "home", "family", "partner", "friends", "loneliness", "loss", "health", "self", "other"
]
"""What the conversation is about, above all."""
Value = float | str | tuple[str, ...]
"""A number, an allowed word, or allowed words: in their order (``order``), or as a set in the variable's order."""
Annotator = Annotated[str, StringConstraints(pattern=r"^[\w.@:/+-]{1,80}$")]
"""Who marked: a person's name, ``offline``, or a model as ``empa run`` names it, with its provider (`is_person`)."""
OFFLINE = "offline"
"""The annotator that reads marks off the conversation without a model."""
EPM_INDICATORS = ("c1", "c2", "c3", "a1", "a2", "a3", "p1", "p2", "p3")


class Variable(NamedTuple):
    """Something to be marked of every conversation."""

    id: str
    """As ``start.calm``, ``indicator.c1``, ``threshold``."""
    scale: Scale
    bounds: tuple[float, float] | None = None
    """Lowest and highest number; None for words."""
    allowed: tuple[str, ...] = ()
    """The words, an ordinal's from low to high."""
    question: str = ""
    """What is asked of an annotator, in one sentence."""


class Quote(Record):
    """The words a value stands on, exactly as they are said in one message."""

    turn: Annotated[int, Field(ge=0)]
    """Place of the message in the conversation, from 0."""
    text: Annotated[str, StringConstraints(min_length=1, max_length=600)]


class Mark(Record):
    """One value of one variable of one conversation, by one annotator."""

    conversation: str
    variable: str
    annotator: Annotator
    value: Value
    quotes: tuple[Quote, ...] = Field(default=(), max_length=8)
    reason: Annotated[str, StringConstraints(max_length=600)] = ""
    at: AwareDatetime | None = None
    """When it was marked; None where the same input always gives it (the offline axes)."""


class Profile(Record):
    """What stages 2 and 3 know of one conversation: its marks, one value a variable. Absent is what nobody marked."""

    conversation: str
    space: str
    start: dict[str, float]
    """Latent position (D,) of the person at the beginning, by dimension, within the space's bounds."""
    end: dict[str, float]
    indicators: dict[str, Annotated[int, Field(ge=0, le=3)]] = Field(default_factory=dict)
    """The nine initial indicators of EPM, 0 (no deficit) to 3."""
    threshold: Threshold | None = None
    needs: tuple[Need, ...] = ()
    """The strongest first."""
    wanted: tuple[CueName, ...] = ()
    rejected: tuple[CueName, ...] = ()
    context: Context | None = None
    matter: Matter | None = None
    danger: Peril | None = None
    quotes: dict[str, tuple[Quote, ...]] = Field(default_factory=dict)
    """By variable."""
    annotators: tuple[Annotator, ...] = ()
    """All whose marks stand in it, sorted."""


def is_person(annotator: str) -> bool:
    """Say whether an annotator is a person: not ``offline``, and no ``provider:model``."""
    return annotator != OFFLINE and ":" not in annotator


def quote_fault(of: Conversation, quote: Quote) -> str | None:
    """Return why the words of ``quote`` are not said in its message, or None where they are."""
    if quote.turn >= len(of.turns):
        return f"quote: message {quote.turn} is none, the last is {len(of.turns) - 1}"
    if not quote.text.strip():
        return "quote: it is empty"
    return None if quote.text in of.turns[quote.turn].text else f"quote: message {quote.turn} does not say these words"


def variables(space: Space) -> tuple[Variable, ...]:
    """Return all that is marked of a conversation, in the order it is asked in, for a ``space``."""
    return tuple(_variables(space))


def _variables(space: Space) -> Iterator[Variable]:
    yield Variable("context", "nominal", None, get_args(Context), "Is it everyday life, work, or a crisis?")
    yield Variable("matter", "nominal", None, get_args(Matter), "What is it about, above all?")
    yield Variable("danger", "ordinal", None, get_args(Peril), "Is anybody in danger, by what the person says?")
    for time, when in (("start", "at the first message"), ("end", "after the last message")):
        for one in space.dimensions:
            question = f"Where does the person stand on {one.id} {when}?"
            yield Variable(f"{time}.{one.id}", "interval", (one.low, one.high), (), question)
    for name in EPM_INDICATORS:
        yield Variable(f"indicator.{name}", "ordinal", (0.0, 3.0), (), f"How large is the deficit {name} at first?")
    needed = "How much must be understood before comfort is let in?"
    yield Variable("threshold", "ordinal", None, get_args(Threshold), needed)
    yield Variable("needs", "order", None, get_args(Need), "Which need comes first, which last?")
    favoured = tuple(cue.value for cue in CueName if cue not in ADVERSE)
    yield Variable("wanted", "set", None, favoured, "What did the person want of a reply, or take well?")
    adverse = tuple(cue.value for cue in CueName if cue in ADVERSE and cue is not CueName.ANTI_PHRASE)
    yield Variable("rejected", "set", None, adverse, "What did the person turn away?")


def fault(variable: Variable, value: object) -> str | None:
    """Return why ``value`` is none of ``variable``, with what is allowed, or None where it is one."""
    if variable.bounds is not None:
        low, high = variable.bounds
        return None if _number(variable, value) else f"{variable.id}: allowed is a number from {low:g} to {high:g}"
    several = variable.scale in ("set", "order")
    given = tuple(value) if isinstance(value, tuple | list) else (value,)
    words = given if isinstance(value, tuple | list) == several else (None,)
    every = variable.scale != "order" or len(words) == len(variable.allowed)
    if every and len(set(words)) == len(words) and set(words) <= set(variable.allowed):
        return None
    how = {"set": "is any of", "order": "are, in some order,"}.get(variable.scale, "is one of")
    return f"{variable.id}: allowed {how} {', '.join(variable.allowed)}"


def _number(variable: Variable, value: object) -> bool:
    low, high = variable.bounds or (0.0, 0.0)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        return False
    return variable.scale == "interval" or float(value).is_integer()


def profile(of: Conversation, space: Space, marks: Iterable[Mark]) -> Profile:
    """Return what ``marks`` say of a conversation together; the later mark of a variable stands.

    Raises ValueError where a variable or value is not known, or a start or end of the space is missing.
    """
    known = {variable.id: variable for variable in variables(space)}
    told: dict[str, Mark] = {}
    for mark in marks:
        if mark.variable not in known:
            raise ValueError(f"{mark.variable}: is no variable of space {space.id}")
        if wrong := fault(known[mark.variable], mark.value):
            raise ValueError(wrong)
        told[mark.variable] = mark
    if missing := [
        f"{time}.{name}" for time in ("start", "end") for name in space.names if f"{time}.{name}" not in told
    ]:
        raise ValueError(f"not marked: {', '.join(missing)}")
    words = {name: told[name].value for name in known if name in told and "." not in name}
    return Profile.model_validate(
        {
            "conversation": of.id,
            "space": space.id,
            **{time: {name: told[f"{time}.{name}"].value for name in space.names} for time in ("start", "end")},
            "indicators": {name: told[key].value for name in EPM_INDICATORS if (key := f"indicator.{name}") in told},
            **words,
            "quotes": {name: mark.quotes for name, mark in told.items() if mark.quotes},
            "annotators": tuple(sorted({mark.annotator for mark in told.values()})),
        }
    )
