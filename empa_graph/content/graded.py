"""Graded replies of bundled personas: reading them, and what must hold of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

import regex

from empa_graph.content.library import content_folder, persona_files
from empa_graph.content.loading import read_records
from empa_graph.models.graded import GradedLine
from empa_graph.models.persona import Persona
from empa_graph.models.sayable import sayable
from empa_graph.seeds import digest_of

LARGEST_GRADED = 2 * 1024 * 1024
GRADED = "graded"
"""The folder with the graded replies to cards, in or beside theirs."""
SENTENCE_WORDS = 5
"""Words from which a sentence that stands twice is a fault."""
SHARED_RUN, SHARED_BY = 5, 3
"""Words in a row that this many replies of a file may not share."""
_SENTENCE = regex.compile(r"[^.!?\n]+[.!?]*")
_WORD = regex.compile(r"[\p{L}\p{N}']+")


def graded_file(persona_id: str) -> Path:
    """Return where the graded replies of a bundled persona lie, written or not."""
    return content_folder("evaluators") / "graded" / f"{persona_id}.jsonl"


def graded_for(card: Path) -> Path | None:
    """Return the graded replies of a bundled card, however its path is written; None for any other card."""
    found = graded_file(card.stem)
    bundled = card.resolve() in {file.resolve() for file in persona_files()}
    return found if bundled and found.is_file() else None


def graded_beside(card: Path) -> Path | None:
    """Return the graded replies of a card: in the folder `GRADED` in or beside its own, else the bundled card's."""
    files = (place / GRADED / f"{card.stem}.jsonl" for place in card.parents[:2])
    return next((file for file in files if file.is_file()), None) or graded_for(card)


def line_hash(text: str) -> str:
    """Return the first 12 hex digits of SHA-256 of a line's text."""
    return digest_of(text)[:12]


@lru_cache(maxsize=64)
def load_graded(path: Path) -> tuple[GradedLine, ...]:
    """Read a file of graded replies, JSON lines. Raises ContentError with file, line and field."""
    return read_records(path, GradedLine, largest=LARGEST_GRADED)


def lines_of(persona: Persona) -> Mapping[str, str]:
    """Return the text of every line that ``persona`` can say in any goal, by line id."""
    return {said.id: said.line.text for goal in persona.goals for said in sayable(persona, goal)}


def graded_faults(persona: Persona, path: Path) -> Iterator[str]:
    """Yield what is wrong between a card and its graded replies: lines without one, replies without their line.

    And among the replies: a sentence that stands twice, words in a row that several share.
    """
    known, graded = lines_of(persona), load_graded(path)
    have = Counter(line.line for line in graded)
    yield from (f"{path}: line '{line}' has no reply" for line in known if line not in have)
    for number, line in enumerate(graded, start=1):
        if line.line not in known:
            yield f"{path}:{number}: line '{line.line}' is none of the card"
        elif line.hash != line_hash(known[line.line]):
            yield f"{path}:{number}: line '{line.line}' has changed since its reply was written"
    yield from (f"{path}: line '{line}' stands twice" for line, count in have.items() if count > 1)
    yield from (f"{path}: {fault}" for fault in _alike([r.text for line in graded for r in line.replies]))


def _alike(texts: Sequence[str]) -> Iterator[str]:
    sentences = Counter(
        " ".join(words)
        for text in texts
        for part in _SENTENCE.findall(text)
        if len(words := _words(part)) >= SENTENCE_WORDS
    )
    yield from (f"'{sentence}' stands {count} times" for sentence, count in sentences.items() if count > 1)
    runs = Counter(run for text in texts for run in set(_runs(_words(text))))
    yield from (f"'{' '.join(run)}' stands in {count} replies" for run, count in runs.items() if count >= SHARED_BY)


def _words(text: str) -> list[str]:
    return [word.lower().replace("\u2019", "'") for word in _WORD.findall(text)]


def _runs(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[at : at + SHARED_RUN]) for at in range(len(words) - SHARED_RUN + 1))
