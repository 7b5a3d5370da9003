"""Whether persons are told apart by their words alone: multinomial naive Bayes, tested on scenarios it has not seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import regex
from numpy.typing import NDArray

COMMON = 1_000.0
"""Words of what all persons say together that are added to the words of each: a short text then counts no less."""
TOGETHER = 4
"""Lines of one scenario that are judged as one text."""
_WORD = regex.compile(r"[\p{L}\p{N}]+(?:['\u2019][\p{L}\p{N}]+)*")
Rooms = Mapping[str, Sequence[str]]
"""The lines said in each scenario of one person."""


class Voices(NamedTuple):
    """How well persons are told apart, as balanced accuracy (the mean over persons); None with too few of them."""

    accuracy: float | None
    by_new_lines: float | None
    """By those lines alone that are said in no other scenario, a whole scenario at a time."""
    chance: float | None
    texts: int
    taken_for: dict[str, tuple[str, ...]]
    """By person, whom their texts were taken for where that was another."""


def told_apart(said: Mapping[str, Rooms]) -> Voices:
    """Return how well the persons of ``said`` are told apart; it holds, by person and scenario, the lines said there.

    The n-th scenario of every person is guessed from all the others. A person with one scenario alone is left out.
    """
    known = {person: rooms for person, rooms in sorted(said.items()) if len(rooms) > 1}
    if len(known) < 2:
        return Voices(None, None, None, 0, {})
    guessed = [guess for fold in _folds(known) for guess in _guessed(fold, new=False)]
    unheard = [guess for fold in _folds(known) for guess in _guessed(fold, new=True)]
    wrong = sorted({(person, other) for person, other in guessed if person != other})
    taken = {person: tuple(other for one, other in wrong if one == person) for person, _ in wrong}
    return Voices(_balanced(guessed), _balanced(unheard), 1 / len(known), len(guessed), taken)


class _Fold(NamedTuple):
    known: dict[str, list[str]]
    held: dict[str, list[str]]


def _folds(known: Mapping[str, Rooms]) -> Iterator[_Fold]:
    for place in range(max(map(len, known.values()))):
        rest: dict[str, list[str]] = {}
        held: dict[str, list[str]] = {}
        for person, rooms in known.items():
            every = [list(dict.fromkeys(lines)) for _, lines in sorted(rooms.items())]
            held[person] = every.pop(place) if place < len(every) else []
            rest[person] = list(dict.fromkeys(line for lines in every for line in lines))
        yield _Fold(rest, held)


def _guessed(fold: _Fold, *, new: bool) -> Iterator[tuple[str, str]]:
    """Yield each person with whom a text of theirs is taken for."""
    model = _Model(fold.known)
    for person, lines in fold.held.items():
        seen = set(fold.known[person]) if new else set()
        left = [line for line in lines if line not in seen]
        size = max(1, len(left)) if new else TOGETHER
        for at in range(0, len(left), size):
            yield person, model.guess(" ".join(left[at : at + size]))


class _Model:
    """Naive Bayes over word counts; every person is as likely beforehand."""

    def __init__(self, known: Mapping[str, Sequence[str]]) -> None:
        self._names = list(known)
        counted = [Counter(word for line in lines for word in _words(line)) for lines in known.values()]
        self._places = {word: place for place, word in enumerate(sorted(set().union(*counted)))}
        counts = np.array([[words[word] for word in self._places] for words in counted], dtype=np.float64)
        common = COMMON * counts.sum(axis=0) / max(1.0, counts.sum())
        self._likelihood = np.log((counts + common) / (counts.sum(axis=1, keepdims=True) + COMMON))

    def guess(self, text: str) -> str:
        """Return the person under whose words ``text`` is most likely; words that nobody has said count for nobody."""
        found: NDArray[np.float64] = np.zeros(len(self._places))
        for word in _words(text):
            if word in self._places:
                found[self._places[word]] += 1.0
        return self._names[int(np.argmax(self._likelihood @ found))]


def _balanced(guessed: Sequence[tuple[str, str]]) -> float | None:
    hits: dict[str, list[bool]] = {}
    for person, guess in guessed:
        hits.setdefault(person, []).append(person == guess)
    return float(np.mean([np.mean(found) for found in hits.values()])) if hits else None


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
