"""Whether a wording is in the card's language; a word or a phrase of the person's culture is no other language.

Rule: measured against the decided line, which is in that language; sentences and brackets are looked at by themselves.
"""

from __future__ import annotations

import regex

from empa_graph.cues.language import foreign
from empa_graph.cues.tokens import stems
from empa_graph.roles.persona.conformance.finding import Finding, Wording, plain
from empa_graph.roles.persona.conformance.words import COMMON, ELSEWHERE, SPELT_ALIKE

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
SWITCHED = ((3, 2), (4, 2), (6, 3))
"""Words in a row, and how many of them are of another language where the person changes over to it."""
SCRIPT = 5
"""Letters of another script from which more than a word is written in it."""
SAYING = 8
"""Words of a saying of home that may be told as one: in quotation marks or after "we say"."""
_SAYING = regex.compile(
    r"(?:\b(?:says?|said|saying|used to say|call(?:s|ed)? it|the word is)\b[ ,:]*)(?P<said>[^.!?]*)"
    r"|\"(?P<said>[^\"]*)\"",
    regex.IGNORECASE,
)
_WORD = regex.compile(r"[\p{L}\p{M}']+")
_PART = regex.compile(r"[.!?\u2026()\[\]\n\"\u3002]+")
_OTHER = regex.compile(r"(?!\p{Latin}|\p{Common}|\p{Inherited})\p{L}")
_LETTER = regex.compile(r"\p{L}")


def tongue(wording: Wording) -> Finding | None:
    """Return the words of ``wording`` that are in another language than its card's."""
    said, line = plain(wording.said), plain(wording.line)
    if abs(_unlatin(said) - _unlatin(line)) > 0.3 or len(_OTHER.findall(said)) > len(_OTHER.findall(line)) + SCRIPT:
        return Finding("language", said[:80])
    if (found := _GLOSS.search(said)) and not _GLOSS.search(line):
        return Finding("language", found[0])
    if not wording.scenario.persona.language.lower().startswith("en"):
        return None
    if foreign([said]) and not foreign([line]):
        return Finding("language", said[:80])
    part = next((part for part in _parts(said) if _is_foreign(part, line)), "") or _switched(said, line)
    return Finding("language", part) if part else None


def _switched(said: str, line: str) -> str:
    """Return where ``said`` changes over to another language; "" where a word or a saying of home is all there is."""
    bare = _SAYING.sub(lambda found: found[0] if len(_WORD.findall(found["said"])) > SAYING else " ", said)
    words, known = _WORD.findall(bare), {word.lower() for word in _WORD.findall(line)}
    other = [word.lower() in ELSEWHERE and word.lower() not in COMMON and word.lower() not in known for word in words]
    marked = [one or (not word.isascii() and word.lower() not in known) for word, one in zip(words, other, strict=True)]
    ours = [(word.lower() in COMMON and word.lower() not in SPELT_ALIKE) or word.lower() in known for word in words]
    for many, few in SWITCHED:
        for at in range(len(words) - many + 1):
            here = slice(at, at + many)
            if sum(marked[here]) >= few and not any(ours[here]):
                return " ".join(words[here])
    return ""


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
