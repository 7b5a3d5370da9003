"""Whether a wording is in the card's language; a word or a phrase of the person's culture is no other language.

Rule: measured against the decided line, which is in that language; sentences and brackets are looked at by themselves.
"""

from __future__ import annotations

import regex

from empa_graph.cues.language import foreign
from empa_graph.cues.tokens import stems
from empa_graph.roles.persona.conformance.finding import Finding, Wording, plain
from empa_graph.roles.persona.conformance.words import COMMON, ELSEWHERE

FEWEST = 4
"""Words of a part below which nothing is decided by words."""
LEAST_COMMON = 0.13
"""Share of a part's words that are common English ones, below which it is not English."""
_GLOSS = regex.compile(
    r"\btranslat(?:ed|ion|es)\b|\b(?:in english|english|spanish|french|german|scots|portuguese|hindi|korean)\s*[:(]"
    r"|\b(?:that|which) means\b.{0,60}\bin \p{Lu}\p{L}+|\"\s+is \p{Lu}\p{L}+(?: \p{Lu}\p{L}+)? for\b"
    r"|\bis (?:\p{Lu}\p{L}+ )?(?:pidgin|slang|dialect|spanish|french|german|hindi|korean|tagalog|portuguese) for\b",
    regex.IGNORECASE,
)
_WORD = regex.compile(r"[\p{L}\p{M}']+")
_PART = regex.compile(r"[.!?\u2026()\[\]\n\"\u3002]+")
_OTHER = regex.compile(r"(?!\p{Latin}|\p{Common}|\p{Inherited})\p{L}")
_LETTER = regex.compile(r"\p{L}")


def tongue(wording: Wording) -> Finding | None:
    """Return the words of ``wording`` that are in another language than its card's."""
    said, line = plain(wording.said), plain(wording.line)
    if abs(_unlatin(said) - _unlatin(line)) > 0.3:
        return Finding("language", said[:80])
    if (found := _GLOSS.search(said)) and not _GLOSS.search(line):
        return Finding("language", found[0])
    if not wording.scenario.persona.language.lower().startswith("en"):
        return None
    if foreign([said]) and not foreign([line]):
        return Finding("language", said[:80])
    return next((Finding("language", part) for part in _parts(said) if _is_foreign(part, line)), None)


def _unlatin(text: str) -> float:
    return len(_OTHER.findall(text)) / max(1, len(_LETTER.findall(text)))


def _parts(text: str) -> list[str]:
    return [part.strip() for part in (text, *_PART.split(text)) if part.strip()]


def _is_foreign(part: str, line: str) -> bool:
    words = [word.lower() for word in _WORD.findall(part)]
    if len(words) < FEWEST or stems(part) <= stems(line):
        return False
    common = sum(word in COMMON for word in words) / len(words)
    other = sum(word in ELSEWHERE and word not in COMMON for word in words) / len(words)
    if common == 0.0 and not stems(part) & stems(line) and not any(word[:1].isupper() for word in part.split()[1:]):
        return True
    return other > max(0.2, common) or (len(words) > FEWEST + 2 and common < LEAST_COMMON and other > 0.0)
