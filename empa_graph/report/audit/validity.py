"""What is known of the evaluator's worth: the tables of docs/validity.md, read from that page and kept nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from empa_graph.content.library import content_folder
from empa_graph.content.loading import read_text
from empa_graph.models.record import Record

PAGE = "validity.md"
LARGEST_PAGE = 256 * 1024
COMMANDS = "How to measure again"
CONCLUSIONS = "What may not be concluded"
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_ASIDE = re.compile(r" \(\[[^\]]*\.md\]\([^)]*\)\)")
_DIGEST = re.compile(r"the hash of the rubric, here `([0-9a-f]{12})`")


class ValidityTable(Record):
    """A table of the page; rows as wide as the head."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class ValidityPart(Record):
    """A part of the page: its sentences, and its tables."""

    heading: str
    texts: tuple[str, ...]
    tables: tuple[ValidityTable, ...]


class Validity(Record):
    """The page as tables and sentences."""

    summary: str
    digest: str
    """The first twelve digits of the rubric's hash with which the figures were measured."""
    parts: tuple[ValidityPart, ...]
    conclusions: tuple[str, ...]
    """What may not be concluded."""


@lru_cache(maxsize=1)
def validity() -> Validity:
    """Return what docs/validity.md holds. Raises ContentError where the page is missing."""
    text = read_text(content_folder("docs") / PAGE, LARGEST_PAGE)
    first, *parts = re.split(r"^## ", text, flags=re.MULTILINE)
    bodies = {part.partition("\n")[0].strip(): part.partition("\n")[2].split("\n\n") for part in parts}
    digest = _DIGEST.search(" ".join(text.split()))
    return Validity(
        summary=" ".join(words(block) for block in first.split("\n\n")[1:]).strip(),
        digest=digest[1] if digest else "",
        parts=tuple(_part(name, body) for name, body in bodies.items() if name not in (COMMANDS, CONCLUSIONS)),
        conclusions=tuple(_texts(bodies.get(CONCLUSIONS, []))),
    )


def _part(heading: str, body: Sequence[str]) -> ValidityPart:
    return ValidityPart(heading=words(heading), texts=tuple(_texts(body)), tables=tuple(_tables(body)))


def _tables(blocks: Iterable[str]) -> Iterator[ValidityTable]:
    for block in blocks:
        lines = [line.strip() for line in block.splitlines() if line.strip().startswith("|")]
        if len(lines) > 2:
            head, _, *rows = (tuple(map(words, line.strip("|").split("|"))) for line in lines)
            yield ValidityTable(head=head, rows=tuple(row for row in rows if len(row) == len(head)))


def _texts(blocks: Iterable[str]) -> Iterator[str]:
    """Yield paragraphs, and the items of lists one by one."""
    for block in blocks:
        if not block.lstrip().startswith(("|", "```")):
            yield from (words(item) for item in re.split(r"^- ", block, flags=re.MULTILINE) if item.strip())


def words(markdown: str) -> str:
    """Return a piece of our own Markdown as plain words; a link to a page alone in brackets is left out."""
    told = _LINK.sub(r"\1", _ASIDE.sub("", markdown))
    return " ".join(told.replace("**", "").replace("`", "").replace("*", "").split())
