"""De-identification of a conversation: what names somebody is replaced, the same name by the same placeholder.

Rule: this is pseudonymisation. Rules miss names, and who knows the story knows the person.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

from empa_graph.distill.forms import identifiers
from empa_graph.distill.organisations import Organisations
from empa_graph.distill.people import People
from empa_graph.distill.places import Places
from empa_graph.distill.records import KINDS, Kind, Turn
from empa_graph.distill.spans import Finder, Span, settled
from empa_graph.distill.vocabulary import ALSO_NAMES, Names, folded, plain

_PLACEHOLDER = regex.compile(rf"\[(?P<kind>{'|'.join(KINDS)})(?: [0-9]{{1,6}})?\]")
"""What stands in a text that was redacted before."""
_WORDS = regex.compile(r"\p{L}[\p{L}\p{M}]*+(?:-\p{L}[\p{L}\p{M}]*+)*+|\p{N}+")


class Redacted(NamedTuple):
    """A conversation without what was found, and how many different ones of each kind there were."""

    turns: tuple[Turn, ...]
    placeholders: dict[str, int]


@lru_cache(maxsize=2)
def finders(*, extra: bool) -> tuple[Finder, ...]:
    """Return our own rules; with ``extra`` the longer lists of names and Presidio's patterns too.

    Raises MissingExtraError.
    """
    if not extra:
        return (identifiers, *_rules(Names()))
    from empa_graph.distill.name_lists import given_names
    from empa_graph.distill.presidio import presidio

    return (identifiers, *_rules(Names(given_names())), presidio())


def _rules(names: Names) -> tuple[Finder, ...]:
    return (Organisations(names), Places(names), People(names))


def found_in(text: str, by: Iterable[Finder]) -> tuple[Span, ...]:
    """Return what ``by`` find in one message, without overlaps. Raises ProviderError of kind "redaction_timeout"."""
    spans = [span for finder in by for span in finder(text)]
    spans += [Span(*found.span(), _kind(found["kind"])) for found in _PLACEHOLDER.finditer(text)]
    return settled(spans)


def _kind(name: str) -> Kind:
    return next(kind for kind in KINDS if kind == name)


def redacted(turns: Sequence[Turn], by: Iterable[Finder]) -> Redacted:
    """Return ``turns`` with placeholders such as ``[name 1]``, numbered by kind in the order of their first mention.

    A name that was found once is taken out wherever it stands in the conversation, in small letters too.
    Raises ProviderError of kind "redaction_timeout".
    """
    by = tuple(by)
    first = [found_in(turn.text, by) for turn in turns]
    again = _again(
        turn.text[span.start : span.end] for turn, spans in zip(turns, first, strict=True) for span in _named(spans)
    )
    numbers = _Numbers()
    texts = [
        _replaced(turn.text, spans if again is None else settled([*spans, *_repeated(turn.text, again)]), numbers)
        for turn, spans in zip(turns, first, strict=True)
    ]
    said = tuple(turn.model_copy(update={"text": text}) for turn, text in zip(turns, texts, strict=True))
    return Redacted(said, numbers.counts())


def _named(spans: Iterable[Span]) -> Iterator[Span]:
    return (span for span in spans if span.kind == "name")


def _again(names: Iterable[str]) -> regex.Pattern[str] | None:
    """Return what finds the words of ``names`` wherever they stand; those that are ordinary words too are left out."""
    words = {folded(word) for name in names if name[:1] != "[" for word in _WORDS.findall(name)}
    told = sorted(word for word in words if len(word) > 2 and word not in ALSO_NAMES and not plain(word))
    return (
        regex.compile(rf"(?i)(?<![\p{{L}}\p{{N}}])(?:{'|'.join(map(regex.escape, told))})(?![\p{{L}}\p{{N}}])")
        if told
        else None
    )


def _repeated(text: str, again: regex.Pattern[str]) -> Iterator[Span]:
    return (Span(*found.span(), "name") for found in again.finditer(text))


def _replaced(text: str, spans: Iterable[Span], numbers: _Numbers) -> str:
    parts, at = [], 0
    for span in spans:
        number = numbers.of(span.kind, text[span.start : span.end])
        parts += [text[at : span.start], f"[{span.kind} {number}]"]
        at = span.end
    return "".join([*parts, text[at:]])


class _Numbers:
    """The numbers that one conversation's names have; a part of a name has the number of the whole."""

    def __init__(self) -> None:
        self._known: dict[Kind, list[frozenset[str]]] = {}

    def of(self, kind: Kind, said: str) -> int:
        """Return the number of what was ``said``, from 1."""
        words = frozenset() if said[:1] == "[" else frozenset(map(folded, _WORDS.findall(said)))
        words = words or frozenset([folded(said)])
        known = self._known.setdefault(kind, [])
        for at, other in enumerate(known):
            if words == other or (kind == "name" and (words < other or other < words)):
                known[at] = words | other
                return at + 1
        known.append(words)
        return len(known)

    def counts(self) -> dict[str, int]:
        """Return how many different ones there are of each kind."""
        return {kind: len(self._known[kind]) for kind in KINDS if kind in self._known}
