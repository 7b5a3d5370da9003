"""What a segment is: base personas, how many are drawn, the shares they should have, and what may be changed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import AfterValidator, Field

from empa_graph.content.library import load_persona, persona_files
from empa_graph.content.loading import load_model
from empa_graph.errors import ContentError, NotFoundError
from empa_graph.models.persona import Context, Need, Persona, Threshold
from empa_graph.models.record import Record, Slug, Text, Unit, sums_to_one

MOST = 500
"""Personas of a segment."""
YOUNGEST, OLDEST = 18, 110
_BAND = re.compile(r"(\d{2,3})-(\d{2,3})")


class Band(NamedTuple):
    """Ages from ``low`` to ``high``, both included."""

    low: int
    high: int


def band(text: str) -> Band:
    """Return the ages that ``text`` names, as ``18-29``. Raises ValueError."""
    found = _BAND.fullmatch(text)
    if found is None or not YOUNGEST <= (low := int(found[1])) <= (high := int(found[2])) <= OLDEST:
        raise ValueError(f"'{text[:40]}' names no ages, allowed is 18-29 within {YOUNGEST} and {OLDEST}")
    return Band(low, high)


def _apart(shares: dict[str, float]) -> dict[str, float]:
    bands = sorted(band(text) for text in shares)
    for one, other in pairwise(bands):
        if other.low <= one.high:
            raise ValueError(f"{one.low}-{one.high} and {other.low}-{other.high} overlap")
    return shares


class Shares(Record):
    """Wanted shares by dimension, each summing to 1; one that is absent is left free, a value that is absent has 0."""

    threshold: Annotated[dict[Threshold, Unit] | None, AfterValidator(lambda v: v and sums_to_one(v))] = None
    need: Annotated[dict[Need, Unit] | None, AfterValidator(lambda v: v and sums_to_one(v))] = None
    """Of the need that weighs most; where two weigh the same, none does."""
    age: Annotated[dict[str, Unit] | None, AfterValidator(lambda v: v and _apart(sums_to_one(v)))] = None
    """By band, as ``18-29``."""
    context: Annotated[dict[Context, Unit] | None, AfterValidator(lambda v: v and sums_to_one(v))] = None


class Shift(Record):
    """How far numbers of a card may be moved towards what is wanted; 0 leaves them."""

    threshold: Literal[0, 1] = 0
    """Levels."""
    priorities: Annotated[float, Field(ge=0.0, le=0.3)] = 0.0
    """Weight that may go to one need, from the other two."""
    age: Annotated[int, Field(ge=0, le=10)] = 0
    """Years; only where no word of the card binds its age."""


class Mix(Record):
    """How many personas take a part of their numbers from another of like voice."""

    share: Unit
    weight: Annotated[float, Field(gt=0.0, le=0.5)]
    """Of the other's priorities and starts in the mixture."""


class Allowed(Record):
    """What may be done to reach the shares. Without anything, cards are reused as they are, all alike."""

    sample: dict[Slug, Annotated[float, Field(ge=0.0, le=1000.0)]] = Field(default_factory=dict)
    """Weights of base personas; 1 for one that is not named, 0 for never."""
    shift: Shift = Field(default_factory=Shift)
    mix: Mix | None = None


class Description(Record):
    """A segment, as its file describes it."""

    id: Annotated[Slug, Field(max_length=20)]
    about: Text
    """Who is meant."""
    folder: str | None = None
    """Base personas, seen from the file of the description; None for the bundled ones."""
    base: tuple[Slug, ...] = ()
    """Which of them; all for none."""
    personas: Annotated[int, Field(ge=1, le=MOST)]
    seed: Annotated[int, Field(ge=0)] = 0
    shares: Shares
    allow: Allowed = Field(default_factory=Allowed)


class Base(NamedTuple):
    """A base persona and the file it stands in."""

    persona: Persona
    file: Path


def read_description(path: Path) -> Description:
    """Read the description of a segment. Raises ContentError."""
    return load_model(path, Description)


def bases(description: Description, path: Path) -> tuple[Base, ...]:
    """Return the base personas of the description in ``path``. Raises UsageError, ContentError."""
    folder = None if description.folder is None else path.parent / description.folder
    known = {file.stem: Base(load_persona(file), file) for file in persona_files(folder)}
    _refuse_unknown(path, "base", description.base, known)
    _refuse_unknown(path, "allow.sample", description.allow.sample, known)
    chosen = [known[name] for name in dict.fromkeys(description.base)] or list(known.values())
    kept = tuple(base for base in chosen if description.allow.sample.get(base.persona.id, 1.0) > 0.0)
    if not kept:
        raise ContentError(f"{path}: allow.sample: every base persona has the weight 0")
    return kept


def _refuse_unknown(path: Path, field: str, names: Iterable[str], known: Iterable[str]) -> None:
    for name in names:
        if name not in known:
            raise NotFoundError("base persona", name, known, where=f"{path}: {field}")
