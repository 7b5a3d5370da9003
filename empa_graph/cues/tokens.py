"""Text as tokens with their places in it; pure functions of the text alone, cached.

Rule: a token's word is folded (lower case, straight apostrophes, contractions opened), its span is not.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import regex
import snowballstemmer

from empa_graph.cues.lexicon import CONTRACTIONS, FUNCTION_WORDS, ISERS, STOP_WORDS, SUFFIXES

LIMIT = 20_000
LONGEST_WORD = 40
_APOSTROPHE = "'\u2019\u2018\u02bc\uff07`\u00b4"
_STOP = r".!?\n\u2026\u3002\uff01\uff1f\u061f"
_PIECE = regex.compile(
    rf"(?P<word>[\p{{L}}\p{{N}}][\p{{L}}\p{{M}}\p{{N}}\p{{Cf}}]*+(?:[{_APOSTROPHE}][\p{{L}}\p{{M}}\p{{N}}\p{{Cf}}]++)*+)"
    rf"|(?P<stop>[{_STOP}][{_STOP}\s\p{{Cf}}]*+)"
    r"|(?P<break>[,;:()\u2013\u2014])"
)
_ILL = regex.compile(
    r"(?i)\bill\s+(?:not|never|be|do|just|go|get|have|take|end|kill|hurt|try|call|ring|tell|text|say|see|make|come"
    r"|give|wait|stop|stay|ask|let|try|probably|always|still|also|need|write|send|put|keep|leave|jump|die)\b"
)
"""An "I'll" without its apostrophe, and no illness."""
_APOSTROPHES = str.maketrans(dict.fromkeys(_APOSTROPHE, "'"))
_QUESTION_MARKS = frozenset("?\uff1f\u061f")
_CONTENTLESS = frozenset(word for words in FUNCTION_WORDS.values() for word in words) | STOP_WORDS


class Token(NamedTuple):
    """A folded word, its span in the text, and the sentence and clause (both counted from 0) it stands in."""

    word: str
    start: int
    end: int
    sentence: int
    clause: int


class Sentence(NamedTuple):
    """A span of the text, of the tokens in it, and whether a question mark closes it."""

    start: int
    end: int
    first: int
    last: int
    question: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """A text of at most 20,000 characters as tokens and sentences; sentences without words are left out."""

    text: str
    tokens: tuple[Token, ...]
    sentences: tuple[Sentence, ...]
    length: int
    """Words as a reader counts them: a contraction is one."""

    def words(self, sentence: Sentence | None = None) -> tuple[str, ...]:
        """Return the folded words of ``sentence``, or of the whole text."""
        kept = slice(sentence.first, sentence.last) if sentence else slice(None)
        return tuple(token.word for token in self.tokens[kept])


def fold(word: str) -> str:
    """Return ``word`` in lower case with straight apostrophes and without invisible characters."""
    if not word.isascii():
        word = "".join(letter for letter in word if unicodedata.category(letter) != "Cf")
    return word.translate(_APOSTROPHES).lower()[:LONGEST_WORD]


@lru_cache(maxsize=8192)
def opened(word: str) -> tuple[str, ...]:
    """Return the words a contraction stands for ("don't" gives "do", "not"), or the word itself."""
    word = fold(word)
    if word in CONTRACTIONS:
        return CONTRACTIONS[word]
    head, mark, tail = word.rpartition("'")
    if not mark or not head:
        return (word,)
    if tail == "t" and head.endswith("n"):
        return (head[:-1], "not")
    if tail == "s":
        return (head, "is") if head in ISERS else (head,)
    return (head, SUFFIXES[tail]) if tail in SUFFIXES else (word,)


@lru_cache(maxsize=1024)
def read(text: str) -> Reading:
    """Return the first 20,000 characters of ``text`` as tokens and sentences."""
    text = text[:LIMIT]
    tokens: list[Token] = []
    sentences: list[Sentence] = []
    first = clause = length = 0
    for piece in _PIECE.finditer(text):
        kind = piece.lastgroup
        if kind == "word":
            length += 1
            start, end = piece.span()
            words = ("i", "will") if _ILL.match(text, start) else opened(piece.group())
            tokens += [Token(w, start, end, len(sentences), clause) for w in words]
            continue
        clause += 1
        if kind == "stop" and len(tokens) > first:
            question = not _QUESTION_MARKS.isdisjoint(piece.group())
            end = piece.start() + len(piece.group().rstrip())
            sentences.append(Sentence(tokens[first].start, end, first, len(tokens), question))
            first = len(tokens)
    if len(tokens) > first:
        sentences.append(Sentence(tokens[first].start, tokens[-1].end, first, len(tokens), False))
    return Reading(text, tuple(tokens), tuple(sentences), length)


@lru_cache(maxsize=32768)
def stem(word: str) -> str:
    """Return the Snowball stem of a folded English word."""
    stemmed: str = snowballstemmer.stemmer("english").stemWord(word)
    return stemmed


def content_stems(words: tuple[str, ...]) -> frozenset[str]:
    """Return the stems of the words that carry content."""
    return frozenset(stem(word) for word in words if len(word) > 1 and word not in _CONTENTLESS)


@lru_cache(maxsize=4096)
def stems(text: str) -> frozenset[str]:
    """Return the content stems of ``text``."""
    return content_stems(read(text).words())
