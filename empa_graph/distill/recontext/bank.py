"""The bank of own lines that cards are composed of: plots, crises, manners of speaking, and what makes up a person.

A line of the bank is one line of text: marks, what is said, ``||``, and a good reply to it. The marks, each with a
space behind it: ``0.45 name`` (a beat's trust and id), ``@sleep,home`` (what it answers), ``>name`` (the beat it
needs), ``~has_called`` (not after), ``?`` (after a question), ``!`` (after a statement).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

import regex
from pydantic import BeforeValidator, Field

from empa_graph.content.loading import load_model
from empa_graph.distill.marks import Matter
from empa_graph.models.line import ContentNote, Danger, Topic
from empa_graph.models.persona import Context, Need
from empa_graph.models.record import Record, Slug, Text, Unit

FOLDER = Path(__file__).parent / "bank"
NAME = "recontext"
"""The bank's name, as the cards made of it bear it."""
_BEAT = regex.compile(r"(0\.\d\d) ([a-z][a-z0-9_]*) ")
_MARK = regex.compile(r"(?:@([a-z_,]+)|~([a-z_]+)|>([a-z_]+)|([?!])) ")
Facts = dict[str, bool | str]
"""What is so in a life: ``partner``, ``lives``, ``mother``, ``father``, ``siblings``, ``children``, ``job``."""
Ages = tuple[int, int]


class BankLine(Record):
    """A line with slots in braces, and what a good listener answers."""

    text: Text
    reply: Text
    id: Slug | None = None
    trust: Unit | None = None
    answers: tuple[Topic, ...] = ()
    not_after: tuple[Slug, ...] = ()
    needs: tuple[Slug, ...] = ()
    """Beats of the plot, which then are in the card."""
    after: str | None = None


def _read(given: object) -> object:
    if not isinstance(given, str):
        return given
    found: dict[str, object] = {}
    if beat := _BEAT.match(given):
        found, given = {"trust": float(beat[1]), "id": beat[2]}, given[beat.end() :]
    while mark := _MARK.match(given):
        answers, barred, needed, after = mark.groups()
        found |= {"answers": answers.split(",")} if answers else {}
        found |= {"not_after": [barred]} if barred else {}
        found |= {"needs": [needed]} if needed else {}
        found |= {"after": "question" if after == "?" else "statement"} if after else {}
        given = given[mark.end() :]
    text, _, reply = given.partition(" || ")
    return {**found, "text": text, "reply": reply}


def _lines(given: object) -> object:
    """A block of text is a line each."""
    return [line for line in given.splitlines() if line.strip()] if isinstance(given, str) else given


Said = Annotated[BankLine, BeforeValidator(_read)]
Block = Annotated[tuple[Said, ...], BeforeValidator(_lines)]


class Plot(Record):
    """Something that can be the matter with somebody, with all that is said of it."""

    id: Slug
    matter: Matter
    context: Context
    ages: Ages
    title: Text
    brought: Text
    reached_when: Text
    notes: tuple[ContentNote, ...] = ()
    facts: Facts = Field(default_factory=dict)
    slots: dict[str, tuple[Text, ...]] = Field(default_factory=dict)
    pairs: tuple[dict[str, Text], ...] = ()
    """Fillers that belong together; one of these is taken."""
    openings: Block
    beats: Block
    elaborations: Block
    settle: Block = ()
    danger: Danger | None = None
    """Of a crisis; its texts may hold slots."""
    constraints: tuple[Text, ...] = ()
    lines: dict[str, Block] = Field(default_factory=dict)
    """A crisis's own lines by move; ``push_back.any`` for a push-back."""


class Manner(Record):
    """A way of speaking, with its lines for every matter."""

    id: Slug
    in_crisis: bool = False
    """Whether somebody in danger may speak so; jokes and shrugs do not fit there."""
    diction: tuple[Text, ...]
    public: tuple[Text, ...]
    inner: tuple[Text, ...]
    directness: Unit
    rejects: dict[Need, Text]
    connectives: dict[str, tuple[Text, ...]]
    lines: dict[str, Block]


class Piece(Record):
    """A piece of a life: facts and the lines that tell them."""

    id: Slug | None = None
    facts: Facts
    ages: Ages = (18, 110)
    lines: Block


class Job(Record):
    """Work, as it is called, with the words that lines use for it."""

    work: Text = "retired toolmaker"
    at: Text
    people: Text
    tool: Text
    social_class: Text = Field(alias="class")


class Country(Record):
    """Where somebody lives, with the services that are true there."""

    country: Text
    culture: tuple[Text, ...]
    line: Text
    number: Text
    emergency: Text


class People(Record):
    """What persons are made of."""

    households: tuple[Piece, ...]
    floors: tuple[Text, ...]
    kids: tuple[Text, ...]
    kid_ages: tuple[Text, ...]
    mothers: tuple[Piece, ...]
    fathers: tuple[Piece, ...]
    siblings: tuple[Piece, ...]
    topics: dict[Topic, tuple[Said, ...]]
    beats: tuple[Said, ...]
    values: tuple[Text, ...]
    experiences: tuple[Text, ...]
    jobs: tuple[Job, ...]
    students: Job
    retired: Job
    works: tuple[Said, ...]
    works_gone: Said
    studies: Said
    retirement: Said
    names: dict[str, tuple[Text, ...]]
    countries: tuple[Country, ...]
    typos: dict[str, Text]


class _Plots(Record):
    plots: tuple[Plot, ...]


class _Manners(Record):
    manners: tuple[Manner, ...]


class Bank(Record):
    """All of it; ``version`` is a hash of its files."""

    version: str
    plots: tuple[Plot, ...]
    manners: tuple[Manner, ...]
    people: People

    def of(self, matter: Matter | None, *, crisis: bool) -> tuple[Plot, ...]:
        """Return the plots of ``matter``, any where it is None; in a crisis those for one, of its matter first."""
        fit = [plot for plot in self.plots if (plot.context == "crisis") == crisis]
        return tuple(plot for plot in fit if plot.matter == matter) or (tuple(fit) if crisis or not matter else ())


@cache
def load_bank(folder: Path = FOLDER) -> Bank:
    """Read the bank. Raises ContentError with file, line and field."""
    files = [*sorted((folder / "plots").glob("*.yaml")), folder / "crisis.yaml"]
    plots = [plot for file in files for plot in load_model(file, _Plots).plots]
    people, manners = folder / "people.yaml", folder / "manners.yaml"
    told = hashlib.sha256(b"".join(file.read_bytes() for file in (*files, people, manners)))
    return Bank(
        version=told.hexdigest()[:16],
        plots=tuple(plots),
        manners=load_model(manners, _Manners).manners,
        people=load_model(people, People),
    )


def agree(one: Mapping[str, bool | str], other: Mapping[str, bool | str]) -> bool:
    """Say whether two sets of facts can be true of one life."""
    return all(other.get(name, value) == value for name, value in one.items())
