"""A dossier as a document: sections of paragraphs, lists, tables and transcripts; HTML and Markdown render these alone.

Rule: text is as it came, fit to be shown but escaped by nobody yet; ids and targets are ours.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from empa_graph.report.text import shortened


class Span(NamedTuple):
    """A piece of text; with ``to``, a link to a place of the document."""

    text: str
    to: str = ""


Line = tuple[Span, ...]


class Paragraph(NamedTuple):
    """A paragraph; a ``warning`` stands out."""

    line: Line
    warning: bool = False


class Heading(NamedTuple):
    """A heading inside a section."""

    id: str
    text: str


class Bullets(NamedTuple):
    """A list."""

    items: tuple[Line, ...]


class Row(NamedTuple):
    """A row of a table; one with an ``id`` can be linked to."""

    id: str
    cells: tuple[Line, ...]


class Grid(NamedTuple):
    """A table; every row is as wide as ``head``, and its first cell names it."""

    id: str
    caption: str
    head: tuple[str, ...]
    rows: tuple[Row, ...]


class Message(NamedTuple):
    """A message of a transcript: where it stands, who says it, and remarks about it."""

    id: str
    who: str
    text: str
    remarks: tuple[str, ...]


class Talk(NamedTuple):
    """A transcript."""

    messages: tuple[Message, ...]


Block = Paragraph | Heading | Bullets | Grid | Talk


class Section(NamedTuple):
    """A part of the document with its place in the contents."""

    id: str
    title: str
    blocks: tuple[Block, ...]


def line(*spans: str | Span) -> Line:
    """Return spans as a line; text is a span without a link."""
    return tuple(Span(span) if isinstance(span, str) else span for span in spans)


def paragraphs(texts: Iterable[str]) -> tuple[Block, ...]:
    """Return one paragraph for each text."""
    return tuple(Paragraph(line(text)) for text in texts)


def bullets(texts: Iterable[str]) -> Bullets:
    """Return a list of texts."""
    return Bullets(tuple(line(text) for text in texts))


def grid(id_: str, caption: str, head: Iterable[str], rows: Iterable[tuple[str | Span | Line, ...]]) -> Grid:
    """Return a table whose rows are numbered places: ``table-NAME-3``."""
    return Grid(
        f"table-{id_}",
        caption,
        tuple(head),
        tuple(Row(f"table-{id_}-{n}", tuple(map(cell, cells))) for n, cells in enumerate(rows, start=1)),
    )


def cell(content: str | Span | Line) -> Line:
    """Return what stands in a cell as a line."""
    if isinstance(content, str):
        return (Span(content),)
    return (content,) if isinstance(content, Span) else content


def conversation(row: int) -> str:
    """Return the place of a conversation; ``row`` is its place in the report, from 0."""
    return f"conversation-{row + 1}"


def turn_of(row: int, turn: int) -> str:
    """Return the place of a turn in the transcript of a conversation."""
    return f"{conversation(row)}-turn-{turn}"


def shown(text: str) -> str:
    """Return untrusted text in one line, cut to 300 characters."""
    return shortened(text, 300)
