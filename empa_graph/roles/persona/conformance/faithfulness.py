"""Whether a wording says the decided line: that, nothing beyond it, no other move, and not the agent's reply."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

import regex

from empa_graph.cues.lexicon import FUNCTION_WORDS, STOP_WORDS
from empa_graph.cues.tokens import read, stem, stems
from empa_graph.roles.persona.conformance.finding import Finding, Wording, plain
from empa_graph.roles.persona.conformance.phrases import gesture
from empa_graph.roles.persona.conformance.words import words

SURPLUS = 3
"""Content words of a sentence with none of the line, beyond what of the line is missing; of a clause one more."""
ADDED = ((2, 0.25), (3, 0.4))
"""Content words of a sentence with none of the line, and the share of the line's that may be missing beside so many."""
OVERALL = 6
"""The same of the whole wording."""
COPIED = 0.6
"""Share of a reply's, or a wording's, 3-grams that are the other's, persons of pronouns left aside."""
FEWEST_GRAMS = 4
KEPT = ((12, 0.4), (5, 0.12))
"""Content words of a line, and the share of them that a wording keeps at least of so many."""
VERBATIM = 0.9
"""How like the line a wording is, one sentence left out, that only adds this sentence."""
OPPOSITE = 0.85
"""How like the line's words a wording's are, negations left aside, that says the opposite."""
FITTING = {
    "thanks": {"soften", "settle", "withdraw", "leave", "accept_help", "has_called"},
    "relief": {"soften", "settle", "has_called", "means_put_away"},
    "agreement": {"soften", "settle", "accept_help", "answer_yes"},
    "praise": {"soften", "settle", "withdraw", "leave"},
    "objection": {"push_back", "refuse_help"},
    "farewell": {"withdraw", "settle", "leave"},
}
"""Gestures, by file of ``gestures/``, with the moves that may make one which the decided line does not."""
_TURNED = {
    **dict.fromkeys(("i", "me", "you", "we", "us"), "<i>"),
    **dict.fromkeys(("my", "your", "our"), "<my>"),
    **dict.fromkeys(("mine", "yours", "ours"), "<mine>"),
    **dict.fromkeys(("myself", "yourself", "ourselves"), "<self>"),
    **dict.fromkeys(("am", "are", "is", "was", "were"), "<be>"),
}
_CLAUSE = regex.compile(
    r"(?:,|;|:|\u2013|\u2014| - )\s+(?:and |but |so |because |since |which |that |as |for |though )?"
)
_NEGATION = regex.compile(
    r"\b(?:not|no|never|nobody|nothing|none|neither|nor|without|\w+n't|cannot)\b", regex.IGNORECASE
)
_DENYING = words("not no never nobody nothing none neither nor without cannot do does did")
_EMPTY = frozenset(stem(word) for word in (*STOP_WORDS, *(w for some in FUNCTION_WORDS.values() for w in some)))
_INTERJECTIONS = words("yes no yeah aye well oh ah hm hmm i you it that is am are do not know")


def echo(wording: Wording) -> Finding | None:
    """Return the words of the agent's last reply that are said back to it."""
    if not wording.heard.strip():
        return None
    heard, said, line = (_grams(text) for text in (wording.heard, wording.said, wording.line))
    copied = (heard & said) - line
    least = min(FEWEST_GRAMS, len(heard))
    if copied and len(copied) >= max(least, COPIED * min(len(heard), len(said - line))):
        return Finding("echo", wording.heard[:120])
    return None


def _grams(text: str) -> set[tuple[str, ...]]:
    turned = [_TURNED.get(token.word, token.word) for token in read(text).tokens]
    return {tuple(turned[at : at + 3]) for at in range(len(turned) - 2)}


def beyond(wording: Wording) -> Finding | None:
    """Return the part of ``wording`` that the decided line holds nothing of."""
    line, said = _content(wording.line), _content(wording.said)
    known = line | _content(wording.heard)
    missing = len(line - said)
    for part in _parts(wording.said):
        content = _content(part.text)
        new = 0 if content & line else len(content - known)
        added = part.whole and any(new >= few and missing < share * len(line) for few, share in ADDED)
        if added or new - missing >= SURPLUS + (not part.whole):
            return Finding("beyond", part.text)
    if sentence := _added(wording):
        return Finding("beyond", sentence)
    if len(said - known) - missing >= OVERALL:
        return Finding("beyond", ", ".join(sorted(said - known)))
    return None


def _content(text: str) -> frozenset[str]:
    return stems(text) - _EMPTY


class _Part(NamedTuple):
    """A sentence, or a clause at the end of one."""

    text: str
    whole: bool


def _parts(text: str) -> Iterator[_Part]:
    for sentence in read(text).sentences:
        whole = text[sentence.start : sentence.end]
        yield _Part(whole, whole=True)
        yield from (_Part(whole[found.end() :], whole=False) for found in _CLAUSE.finditer(whole))


def _added(wording: Wording) -> str:
    """Return a sentence without which a wording has the line's words nearly as they stand; "" where there is none."""
    said, line = read(wording.said), read(wording.line).words()
    spoken = [token.word for token in said.tokens]
    for sentence in said.sentences if len(said.sentences) > 1 else ():
        own = spoken[sentence.first : sentence.last]
        rest = spoken[: sentence.first] + spoken[sentence.last :]
        fresh = [word for word in own if word not in line and word not in _INTERJECTIONS]
        if len(fresh) > 1 and _overlap(rest, line) >= VERBATIM:
            return wording.said[sentence.start : sentence.end]
    return ""


def _overlap(one: Sequence[str], other: Sequence[str]) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()


def other_move(wording: Wording) -> Finding | None:
    """Return what shows that something else was said than was decided."""
    line, said = stems(wording.line), stems(wording.said)
    if any(len(line) >= many and len(line & said) < share * len(line) for many, share in KEPT):
        return Finding("other_move", "")
    move, spoken, decided = wording.move.partition(":")[0], plain(wording.said), plain(wording.line)
    for name, moves in FITTING.items():
        found = gesture(name, spoken)
        if found and move not in moves and not gesture(name, decided):
            return Finding("other_move", found)
    return None


def denial(wording: Wording) -> Finding | None:
    """Return the negation that a wording adds to, or leaves out of, words that are otherwise the line's."""
    before, after = (_NEGATION.findall(plain(text)) for text in (wording.line, wording.said))
    if len(before) == len(after):
        return None
    one, other = ([w for w in read(text).words() if w not in _DENYING] for text in (wording.line, wording.said))
    if _overlap(one, other) >= OPPOSITE:
        return Finding("fact", (after if len(after) > len(before) else before)[-1])
    return None
