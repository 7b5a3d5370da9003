"""All phrase lists in one tree of words, so that one walk over the tokens finds every phrase.

Rule: a list is a file of ``phrases/``, one phrase a line. ``a|b`` is either word, ``x?`` may be absent, ``_``
is any word, ``{kin}`` a word of that class, a leading ``^`` holds where a clause opens. Contractions are opened
and fillers dropped on both sides.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import product
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues.lexicon import CLASSES, FILLERS, NEGATIONS, OPENERS, SUPPOSITIONS
from empa_graph.cues.tokens import Reading, Token, opened, read

NEGATION_REACH = 4
SUPPOSITION_REACH = 2
PHRASES = {
    path.stem: path.read_text(encoding="utf-8") for path in sorted((Path(__file__).parent / "phrases").glob("*.txt"))
}


class Hit(NamedTuple):
    """A phrase found: its span, sentence and last word; ``negated`` also when it stands after "if"."""

    start: int
    end: int
    sentence: int
    last: str
    negated: bool


class Node:
    """A word in the tree: the words that may follow and the lists that end here."""

    __slots__ = ("children", "names")

    def __init__(self) -> None:
        self.children: dict[str, Node] = {}
        self.names: list[str] = []


def _variants(phrase: str) -> Iterator[tuple[str, ...]]:
    """Yield every word sequence ``phrase`` stands for."""
    slots: list[list[tuple[str, ...]]] = []
    for element in phrase.split():
        word = element.removesuffix("?")
        choices = [(w,) if w.startswith("{") else opened(w) for w in word.split("|") if w not in FILLERS]
        slots.append([*choices, ()] if element.endswith("?") or not choices else choices)
    for chosen in product(*slots):
        words = tuple(word for part in chosen for word in part)
        if not words:
            raise ValueError(f"the phrase {phrase!r} matches nothing at all")
        yield words


def _planted(lists: Mapping[str, str]) -> tuple[Node, Node]:
    """Return the tree of free phrases and the tree of those that must open a clause."""
    free, opening = Node(), Node()
    for name, lines in lists.items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            root = opening if line.startswith("^") else free
            for words in _variants(line.removeprefix("^").strip()):
                node = root
                for word in words:
                    child = node.children.get(word)
                    if child is None:
                        child = node.children[word] = Node()
                    node = child
                if name not in node.names:
                    node.names.append(name)
    return free, opening


_FREE, _OPENING = _planted(PHRASES)
_CLASS_KEYS: dict[str, tuple[str, ...]] = {}
for _name, _members in CLASSES.items():
    for _word in _members:
        _CLASS_KEYS[_word] = (*_CLASS_KEYS.get(_word, ()), "{" + _name + "}")


@lru_cache(maxsize=8192)
def _keys(word: str) -> tuple[str, ...]:
    """Return the branches of the tree that a word may take: itself, its classes, any word."""
    return (word, *_CLASS_KEYS.get(word, ()), "_")


def _ends(root: Node, words: tuple[str, ...], sentences: tuple[int, ...], at: int) -> dict[str, int]:
    """Return for each list the end (in tokens) of its longest phrase that starts ``at``."""
    found: dict[str, int] = {}
    pending = [(root, at)]
    while pending:
        node, place = pending.pop()
        for name in node.names:
            found[name] = max(place, found.get(name, 0))
        if not node.children or place == len(words) or sentences[place] != sentences[at]:
            continue
        branches = node.children
        pending += [(branches[key], place + 1) for key in _keys(words[place]) if key in branches]
    return found


def _opens(tokens: tuple[Token, ...], at: int) -> bool:
    """Say whether a clause opens at this token, a conjunction before it left aside."""
    clause = tokens[at].clause
    while at > 0 and tokens[at - 1].clause == clause and tokens[at - 1].word in OPENERS:
        at -= 1
    return at == 0 or tokens[at - 1].clause != clause


def _negated(tokens: tuple[Token, ...], at: int) -> bool:
    """Say whether a negation, or closer an "if", stands before this token in its clause."""
    before = tokens[max(0, at - NEGATION_REACH) : at]
    words = [token.word for token in before if token.clause == tokens[at].clause]
    return not (NEGATIONS.isdisjoint(words) and SUPPOSITIONS.isdisjoint(words[-SUPPOSITION_REACH:]))


@lru_cache(maxsize=1024)
def _hits(text: str) -> dict[str, tuple[Hit, ...]]:
    tokens = tuple(token for token in read(text).tokens if token.word not in FILLERS)
    words = tuple(token.word for token in tokens)
    sentences = tuple(token.sentence for token in tokens)
    found: dict[str, list[Hit]] = {}
    reached: dict[str, int] = {}
    for at in range(len(tokens)):
        ends = _ends(_FREE, words, sentences, at)
        if _opens(tokens, at):
            for name, end in _ends(_OPENING, words, sentences, at).items():
                ends[name] = max(end, ends.get(name, 0))
        for name, end in ends.items():
            if at >= reached.get(name, 0):
                reached[name] = end
                hit = Hit(tokens[at].start, tokens[end - 1].end, sentences[at], words[end - 1], _negated(tokens, at))
                found.setdefault(name, []).append(hit)
    return {name: tuple(hits) for name, hits in found.items()}


def hits(reading: Reading, name: str) -> tuple[Hit, ...]:
    """Return the places where a phrase of the list ``name`` stands, in order and without overlap."""
    if name not in PHRASES:
        raise KeyError(name)
    return _hits(reading.text).get(name, ())


def affirmed(reading: Reading, name: str) -> tuple[Hit, ...]:
    """Return the hits of ``name`` that no negation turns round."""
    return tuple(hit for hit in hits(reading, name) if not hit.negated)


@lru_cache(maxsize=4096)
def attention(text: str) -> tuple[bool, bool]:
    """Say of a reply alone whether it asks, and whether it reflects, names a feeling or validates."""
    reading = read(text)
    asks = any(s.question for s in reading.sentences) or bool(hits(reading, "open_question"))
    gives_back = any(affirmed(reading, name) for name in ("reflection", "feeling", "validation"))
    return asks, gives_back
