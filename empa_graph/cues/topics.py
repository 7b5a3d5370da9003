"""What a text is about, out of a closed set of topics: by the word lists of ``topics.txt``, compared by their stems."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import get_args

from empa_graph.cues.phrasebook import hits
from empa_graph.cues.tokens import Reading, Sentence, opened, read, stem
from empa_graph.models.line import Topic

_Phrase = tuple[str, ...]
_AUXILIARY = frozenset(
    ("do", "does", "did", "is", "are", "was", "were", "have", "has", "had", "can", "could", "will", "would", "should")
)
_OPEN_WORDS = frozenset(("what", "how", "why", "where", "when", "who", "whom", "whose", "which", "or"))


def _listed() -> dict[_Phrase, tuple[Topic, ...]]:
    """Return every phrase, as stems, with the topics it belongs to. Raises ValueError for an unknown topic."""
    known: dict[str, Topic] = {topic: topic for topic in get_args(Topic)}
    found: dict[_Phrase, tuple[Topic, ...]] = {}
    for line in (Path(__file__).parent / "topics.txt").read_text(encoding="utf-8").splitlines():
        name, _, phrases = line.partition(":")
        for phrase in phrases.split(","):
            words = tuple(stem(part) for word in phrase.split() for part in opened(word))
            found[words] = (*found.get(words, ()), known[name])
    return found


_LISTED = _listed()
_LENGTHS: dict[str, set[int]] = {}
"""How many words the phrases have that begin with a word."""
for _words in _LISTED:
    _LENGTHS.setdefault(_words[0], set()).add(len(_words))
DANGERS: frozenset[Topic] = frozenset({"danger", "suicide", "self_harm", "harm_to_others", "means", "plan"})
"""What a question may be about that is answered at any trust."""


@lru_cache(maxsize=4096)
def topics(text: str) -> frozenset[Topic]:
    """Return what ``text`` touches on."""
    reading = read(text)
    return _topics(reading, reading.sentences)


@lru_cache(maxsize=512)
def asked_about(reply: str) -> frozenset[Topic]:
    """Return what the questions of ``reply`` are about, and its invitations to tell."""
    reading = read(reply)
    inviting = {hit.sentence for name in ("open_question", "asking_frame") for hit in hits(reading, name)}
    return _topics(reading, (s for place, s in enumerate(reading.sentences) if s.question or place in inviting))


def asks(reply: str) -> bool:
    """Say whether there is a question in ``reply``."""
    return any(sentence.question for sentence in read(reply).sentences)


def asks_yes_or_no(reply: str) -> str | None:
    """Return the last question of ``reply`` that yes or no would answer, None where its last question is another."""
    reading = read(reply)
    last = next((sentence for sentence in reversed(reading.sentences) if sentence.question), None)
    if last is None or not _OPEN_WORDS.isdisjoint(reading.words(last)):
        return None
    first_words = {token.clause: token.word for token in reversed(reading.tokens[last.first : last.last])}
    return None if _AUXILIARY.isdisjoint(first_words.values()) else reading.text[last.start : last.end]


def _topics(reading: Reading, sentences: Iterable[Sentence]) -> frozenset[Topic]:
    found: set[Topic] = set()
    for sentence in sentences:
        words = tuple(stem(word) for word in reading.words(sentence))
        for start, first in enumerate(words):
            for length in _LENGTHS.get(first, ()):
                found.update(_LISTED.get(words[start : start + length], ()))
    return frozenset(found)
