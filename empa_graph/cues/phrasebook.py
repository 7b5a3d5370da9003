"""All phrase lists in one net of words, so that one walk over the tokens finds every phrase.

Rule: a list is a file of ``phrases/``, one phrase a line. ``a|b`` is either word, ``x?`` may be absent, ``_``
is any word, ``{kin}`` a word of that class, a leading ``^`` holds where a clause opens. Contractions are opened
and fillers dropped on both sides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
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
    """A place between two words of a phrase: where each word leads, and the lists whose phrases end here."""

    __slots__ = ("names", "next")

    def __init__(self) -> None:
        self.next: dict[str, list[Node]] = {}
        self.names: tuple[str, ...] = ()

    def lead(self, words: tuple[str, ...], goal: Node) -> None:
        """Let ``words``, one or more, lead from here to ``goal``."""
        node = self
        for word in words[:-1]:
            between = Node()
            node.next.setdefault(word, []).append(between)
            node = between
        node.next.setdefault(words[-1], []).append(goal)


class State:
    """All places that the words so far may have led to, and the lists of which a phrase ends at one of them."""

    __slots__ = ("goals", "known", "names")

    def __init__(self, nodes: Iterable[Node]) -> None:
        self.goals: dict[str, set[Node]] = {}
        for node in nodes:
            for word, goals in node.next.items():
                self.goals.setdefault(word, set()).update(goals)
        self.names = tuple({name: None for node in nodes for name in node.names})
        self.known: dict[tuple[str, ...], State] = {}

    def after(self, keys: tuple[str, ...]) -> State | None:
        """Return where a word leads that is known by ``keys``, or None where no phrase goes on with it."""
        leading = tuple([key for key in keys if key in self.goals])
        if not leading:
            return None
        found = self.known.get(leading)
        if found is None:
            found = self.known[leading] = _state(frozenset().union(*(self.goals[key] for key in leading)))
        return found


@cache
def _state(nodes: frozenset[Node]) -> State:
    return State(nodes)


def _choices(element: str) -> list[tuple[str, ...]]:
    """Return what an element of a phrase may stand for; a filler stands for nothing."""
    words = element.removesuffix("?").split("|")
    return [(word,) if word.startswith("{") else opened(word) for word in words if word not in FILLERS]


def _plant(phrase: str, root: Node, name: str) -> None:
    """Let ``phrase`` of the list ``name`` begin at ``root``."""
    ends = [root]
    for element in phrase.split():
        goal = Node()
        choices = _choices(element)
        for end, words in product(ends, choices):
            end.lead(words, goal)
        ends = [goal, *ends] if element.endswith("?") or not choices else [goal]
    if root in ends:
        raise ValueError(f"the phrase {phrase!r} matches nothing at all")
    for node in ends:
        node.names = (name,)


def _planted(lists: Mapping[str, str]) -> tuple[State, State]:
    """Return where free phrases begin, and where those do that must open a clause."""
    free, opening = Node(), Node()
    for name, lines in lists.items():
        for line in filter(None, map(str.strip, lines.splitlines())):
            _plant(line.removeprefix("^").strip(), opening if line.startswith("^") else free, name)
    return State([free]), State([opening])


_FREE, _OPENING = _planted(PHRASES)
_CLASS_KEYS: dict[str, tuple[str, ...]] = {}
for _name, _members in CLASSES.items():
    for _word in _members:
        _CLASS_KEYS[_word] = (*_CLASS_KEYS.get(_word, ()), "{" + _name + "}")


@lru_cache(maxsize=8192)
def _keys(word: str) -> tuple[str, ...]:
    """Return by what a phrase may know a word: itself, its classes, any word."""
    return (word, *_CLASS_KEYS.get(word, ()), "_")


def _ends(root: State, words: tuple[str, ...], sentences: tuple[int, ...], at: int) -> dict[str, int]:
    """Return for each list the end (in tokens) of its longest phrase that starts ``at``."""
    found: dict[str, int] = {}
    state, place = root.after(_keys(words[at])), at + 1
    while state is not None:
        for name in state.names:
            found[name] = place
        if place == len(words) or sentences[place] != sentences[at]:
            break
        state, place = state.after(_keys(words[place])), place + 1
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
