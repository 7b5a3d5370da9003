"""The form of a wording: one plain message of one person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from empa_graph.models.persona import Persona
from empa_graph.roles.persona.conformance.card import OncePerCard
from empa_graph.roles.persona.conformance.finding import Finding, Kind, Wording
from empa_graph.roles.persona.conformance.words import ACTED

_LIST = regex.compile(
    r"^\s*(?:[-*+\u2022\u2013\u2014\u25aa\u25cf\u25e6]\s+\S|\(?(?:\d{1,2}|[a-hA-H])[.)]\s+\S).*$", regex.MULTILINE
)
_HEADED = regex.compile(r"^[^\n]{3,60}:\s*$", regex.MULTILINE)
_MARKUP = regex.compile(
    r"```|`[^`]+`|\*\*[^*\n]+\*\*|__[^_\n]+__|^\s*#{1,6}\s|^\s*>\s|^\s*---+\s*$|</?[a-z][a-z0-9_-]*(?:\s[^<>]*)?>"
    r"|\[[^\]\n]+\]\([^)\n]+\)|https?://|(?<!\w)www\.|^\s*\|.*\|\s*$|\\n|^\s*[\[{][\s\S]*[\]}]\s*$|\{\s*\"",
    regex.MULTILINE | regex.IGNORECASE,
)
_PLACEHOLDER = regex.compile(
    r"\[(?:your|my|insert|name|the|agent|user|person|place|date)\b[^\]]*\]|\{\{?\w+\}?\}|<\w+>", regex.I
)
_WORDS = regex.compile(r"[\p{L}\p{N}]")
_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb'
_EMOJI = regex.compile(r"[\p{Extended_Pictographic}--[\p{ASCII}\u00a9\u00ae\u2122]]|(?<!\w)#\p{L}\w+", regex.VERSION1)
_BEATEN = regex.compile(
    r"(?<![\w*])\*(?!\s)[^*\n]{2,120}(?<!\s)\*(?![\w*])"
    r"|(?<![\w~])~(?!\s)[^~\n]{2,120}~|(?<!\w)_(?!\s)[^_\n]{2,120}_(?!\w)"
)
_BRACKETED = regex.compile(r"\[[^\]\n]{2,120}\]")
_ACTED = regex.compile(
    rf"\((?:(?:he|she|they|long|a|an|another|still|softly|quietly|visibly|slowly|(?-i:\p{{Lu}})\p{{L}}+)\s+){{0,2}}"
    rf"(?:{'|'.join(ACTED)})\p{{L}}*(?:\s[^()]*)?\)",
    regex.IGNORECASE,
)
_SPEAKER = (
    r"(?:agent|helper|listener|user|assistant|you|me|i|human|ai|bot|therapist|counsell?or|client|patient|person|persona"
    r"|the other|other|friend|system|narrator|speaker|interviewer|a|b|q)"
)
_SPOKEN = regex.compile(rf"(?:^|\n)\s*[\[(]?{_SPEAKER}[\])]?\s*(?::|[-\u2013\u2014]\s)", regex.I)
_ANSWERED = regex.compile(r"\band then you (?:say|ask|answer)\b|\b(?:you|i) (?:say|ask)s? ?: ", regex.I)
_ASKED = regex.compile(r"[\"\u201c]([^\"\u201d]{8,200}\?)[\"\u201d]\s+\p{Lu}")
_CONTROL = regex.compile(r"[\p{Cc}--[\n\r\t]]", regex.VERSION1)
_SENTENCE_END = regex.compile(r"[.!?\n]+")


def form(wording: Wording) -> Finding | None:
    """Return what about the form of a wording is no message of this person."""
    said, line = wording.said.strip(), wording.line
    if not _WORDS.search(said) and (not said or _WORDS.search(line)):
        return Finding("empty", "")
    if any(looks(said) and not looks(line) for looks in (_quoted, _loud, _offers_ways, _unprintable)):
        return Finding("markup", said[:60])
    if _repeats(said) and not _repeats(line):
        return Finding("repetition", said[:60])
    for kind, words in (*_shapes(said), *_turns(wording)):
        if words.strip() not in line:
            return Finding(kind, " ".join(words.split())[:200])
    emoji = _EMOJI.search(said)
    if emoji and not _EMOJI.search(line + wording.scenario.persona.lines.model_dump_json()):
        return Finding("emoji", emoji[0])
    return None


def _quoted(text: str) -> bool:
    text = text.strip()
    return len(text) > 2 and text[0] in _QUOTES and text[-1] in _QUOTES and sum(c in _QUOTES for c in text) == 2


def _loud(text: str) -> bool:
    letters = [*filter(str.isalpha, text)]
    return len(letters) > 12 and sum(map(str.isupper, letters)) > 0.6 * len(letters)


def _repeats(text: str) -> bool:
    """Say whether a sentence stands three times in ``text``."""
    parts = [part.strip().lower() for part in _SENTENCE_END.split(text) if len(part.split()) > 2]
    return any(parts.count(part) > 2 for part in parts)


def _offers_ways(text: str) -> bool:
    """Say whether ``text`` holds alternatives side by side."""
    return text.count(" / ") > 1


def _unprintable(text: str) -> bool:
    return _CONTROL.search(text) is not None


def shape(said: str) -> Finding | None:
    """Return what about the form of ``said`` is no message of any person."""
    return next((Finding(kind, " ".join(words.split())[:200]) for kind, words in _shapes(said)), None)


def _shapes(said: str) -> Iterator[tuple[Kind, str]]:
    yield from (("markup", found[0]) for found in _MARKUP.finditer(said))
    yield from (("markup", found[0]) for found in _PLACEHOLDER.finditer(said))
    items = [found[0] for found in _LIST.finditer(said)]
    if len(items) > 1 or (items and (len(said.splitlines()) > 1 or items[0].lstrip()[0] in "*\u2022#")):
        yield "markup", items[0]
    if len(said.splitlines()) > 2 and (found := _HEADED.search(said)):
        yield "markup", found[0]
    yield from (("stage_direction", found[0]) for found in _ACTED.finditer(said))
    yield from (("stage_direction", found[0]) for found in _BEATEN.finditer(said) if " " in found[0] or _acts(found[0]))
    yield from (("stage_direction", found[0]) for found in _BRACKETED.finditer(said))
    if found := _SPOKEN.search(said):
        yield "screenplay", found[0]


def _acts(words: str) -> bool:
    return any(part.strip("*~_[]().").lower().startswith(tuple(ACTED)) for part in words.split())


def _turns(wording: Wording) -> Iterator[tuple[Kind, str]]:
    """Yield what shows that a name stands before the words, or that another one speaks too."""
    said, names = wording.said.strip(), _names(wording.scenario.persona)
    for found in (names.before.match(said), names.within.search(said), _ANSWERED.search(said)):
        if found:
            yield "screenplay", found[0]
    lines = [part for part in said.splitlines() if part.strip()]
    if len(lines) > 1 and sum(part.lstrip()[:1] in '-\u2013\u2014"\u201c' for part in lines) > 1:
        yield "screenplay", lines[0]
    for found in _ASKED.finditer(said):
        if not any(part in wording.line for part in found[1].split("?")[0].split(",")):
            yield "screenplay", found[0]


class _Names(NamedTuple):
    """What finds the person's own name as a speaker's, before all words and within them."""

    before: regex.Pattern[str]
    within: regex.Pattern[str]


@OncePerCard
def _names(persona: Persona) -> _Names:
    words = {w.strip('".,') for w in persona.name.split()} | {persona.called or ""}
    names = "|".join(sorted((regex.escape(w) for w in words if len(w) > 1), key=len, reverse=True))
    own = rf"(?:(?:{names})(?:\s+(?:{names}))*)"
    return _Names(
        regex.compile(rf"\W{{0,3}}{own}\s*(?:\([^)]*\))?\W{{0,2}}(?::|[-\u2013\u2014]\s|\.\s)", regex.I),
        regex.compile(rf"(?:^|[.!?\"\u201d]\s+|\n\s*)(?:{own}|{_SPEAKER})\s?:\s", regex.I),
    )
