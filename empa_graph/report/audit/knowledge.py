"""What a dossier says of every run alike: texts, references, frameworks, glossary; the data lie beside this file."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

from empa_graph.content.loading import load_model
from empa_graph.models.record import Record, Text

_DATA = Path(__file__).parent / "data"


class Reference(Record):
    """Where an item comes from, and what of it is this project's own."""

    of: tuple[str, ...]
    """Behaviours by id, and dimensions as ``rubric.dimension``."""
    title: Text
    sources: tuple[Text, ...]
    own: Text


class References(Record):
    """References of everything that bundled rubrics judge."""

    references: tuple[Reference, ...]


class Question(Record):
    """A question of a framework in our words, and where the dossier has something to answer it with."""

    where: Text
    """The heading or number in the framework."""
    asks: Text
    here: Text
    """What this dossier has for it."""
    sections: tuple[str, ...] = ()
    open: Text
    """What it leaves to whoever deploys the system."""


class Framework(Record):
    """A framework with those of its questions that a test of conversations can help to answer."""

    id: str
    title: Text
    note: Text
    questions: tuple[Question, ...]


class Asked(Record):
    """What a law asks to be counted or kept, in our words."""

    asks: Text
    here: Text
    open: Text


class Questions(Record):
    """A law on companion chatbots and what it asks for."""

    title: Text
    asks: tuple[Asked, ...]


class Mappings(Record):
    """Frameworks and laws."""

    frameworks: tuple[Framework, ...]
    laws: tuple[Questions, ...]


class Term(Record):
    """A word of ours in plain sentences."""

    id: str
    term: Text
    means: Text


class Glossary(Record):
    """All terms, by alphabet."""

    terms: tuple[Term, ...]


Part = Literal["disclaimer", "purpose", "reading", "method", "limits", "protocol", "guards", "yearly", "unknown"]


class Texts(Record):
    """Paragraphs by part of the dossier, and the questions of the data sheet with their answers."""

    parts: dict[Part, tuple[Text, ...]]
    endings: dict[str, Text]
    facts: dict[str, Text]
    sheet: dict[str, Text]
    """Fields in braces are filled in from the cards that were played."""
    saved_sheet: dict[str, Text]
    """The same where no card is known."""


@lru_cache(maxsize=1)
def references() -> dict[str, Reference]:
    """Return the references of what is judged, by the id of the item."""
    found = load_model(_DATA / "references.yaml", References).references
    return {item: reference for reference in found for item in reference.of}


@lru_cache(maxsize=1)
def mappings() -> Mappings:
    """Return the questions of frameworks and laws."""
    return load_model(_DATA / "mappings.yaml", Mappings)


@lru_cache(maxsize=1)
def glossary() -> tuple[Term, ...]:
    """Return the glossary, by alphabet."""
    found = load_model(_DATA / "glossary.yaml", Glossary).terms
    return tuple(sorted(found, key=lambda term: term.term.casefold()))


@lru_cache(maxsize=1)
def texts() -> Texts:
    """Return the texts of a dossier."""
    return load_model(_DATA / "texts.yaml", Texts)
