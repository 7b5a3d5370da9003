"""Whether somebody tells of the person instead of the person speaking, or the person counsels who listens.

Rule: what the decided line asks or says of the other one is the person's own, in other words too.
"""

from __future__ import annotations

from typing import NamedTuple

import regex

from empa_graph.cues.tokens import read, stems
from empa_graph.models.persona import Persona
from empa_graph.roles.persona.conformance.card import OncePerCard
from empa_graph.roles.persona.conformance.finding import Finding, Wording, plain
from empa_graph.roles.persona.conformance.phrases import gesture

OWN = 0.5
"""Share of a sentence's content words above which it is a part of the line."""
_YOU = regex.compile(r"\b(?:you|your|yours|yourself|ye|yer|youse)\b", regex.IGNORECASE)
_OF_SPEECH = regex.compile(
    r"\b(?:(?:do|did|would|can|could|d') ?(?:you|ye) "
    r"(?:know|see|get (?:me|it|what)|mind|hear|understand|follow|remember|believe|imagine)"
    r"|(?:you|ye) (?:know|see|get me|follow|understand|mean)|(?:are|were) you (?:still )?there|why do you ask"
    r"|what do you (?:mean|think|make|want|say)|what i mean|(?:can|may|could|shall|should|do) i)\b",
    regex.IGNORECASE,
)
"""Turns to the other one that are a way of speaking, or ask for leave."""

_FIRST = regex.compile(r"\b(?:i|i'm|i've|i'd|i'll|me|my|mine|myself|we|we're|we've|we'd|our|ours|us)\b", regex.I)
_THIRD = regex.compile(r"\b(?:he|she|they|him|her|them|his|hers|their|himself|herself|themselves)\b", regex.I)
_OPENS = regex.compile(r"\W*(?:he|she|they)(?:'\w+)? ", regex.I)
_QUOTED = regex.compile(r"\"[^\"]*\"|(?<!\w)'[^']*'(?!\w)")
_TOLD = regex.compile(
    r"\b(?:he|she|they|the (?:old )?(?:man|woman|nurse|student|lawyer|narrator|speaker|person|writer|boy|girl)) "
    r"(?:\w+ly )?(?:says|said|answers|answered|writes|wrote|replies|replied|types|typed|thanks|thanked|adds|whispers"
    r"|feels|felt|closes|sighs|thinks you|tells you|asks you|wants to|looks at you)\b",
    regex.I,
)
_NARRATOR = regex.compile(r"\bthe narrator\b", regex.I)


def narration(wording: Wording) -> Finding | None:
    """Return the words by which the person is told about, in the third person or by name."""
    said, line = plain(wording.said), plain(wording.line)
    if found := _NARRATOR.search(said):
        return None if found[0].lower() in line.lower() else Finding("narration", found[0])
    if (named := _named(wording, said, line)) is not None:
        return named
    bare, lines = _QUOTED.sub(" ", said), _QUOTED.sub(" ", line)
    ours, theirs = len(_FIRST.findall(bare)), len(_THIRD.findall(bare))
    of_line, others = len(_FIRST.findall(lines)), len(_THIRD.findall(lines))
    if (found := _TOLD.search(bare)) and not _TOLD.search(lines) and not (ours and of_line):
        return Finding("narration", found[0])
    opens = _OPENS.match(bare) and not _OPENS.match(lines)
    if of_line and not ours and theirs > others and (opens or theirs > others + 1):
        return Finding("narration", _THIRD.findall(bare)[0])
    if theirs > others + 1 and of_line > ours + 1:
        return Finding("narration", _THIRD.findall(bare)[0])
    return None


def _named(wording: Wording, said: str, line: str) -> Finding | None:
    """Return the person's own name used for somebody who acts: "Noa wants", "Callum's shoulders"."""
    names = _names(wording.scenario.persona)
    if names is None:
        return None
    for found in names.acting.finditer(_QUOTED.sub(" ", said)):
        word = found[0].split("'")[0].split()[0]
        before = said[max(0, found.start() - 14) : found.start()].lower()
        if word not in line and "called" not in before and "name" not in before:
            return Finding("narration", found[0])
    # In Asian order or with a family name that is also a word ("Comfort") only a capital within the text tells.
    for found in names.within.finditer(said):
        if found[0] not in line and not regex.search(rf"\b(?:call me|i'm|i am|it's) {found[0]}", said, regex.I):
            return Finding("narration", found[0])
    return None


class _Names(NamedTuple):
    """What finds the person's own name where it acts, and within a sentence."""

    acting: regex.Pattern[str]
    within: regex.Pattern[str]


@OncePerCard
def _names(persona: Persona) -> _Names | None:
    names = {word.strip('".,') for word in persona.name.split()} | set((persona.called or "").split())
    own = "|".join(sorted(regex.escape(name) for name in names if len(name) > 1))
    if not own:
        return None
    return _Names(
        regex.compile(
            rf"\b(?:{own})(?:'s (?!(?:here|fine|grand|me)\b)\w+| (?!(?:here|and|or|speaking)\b)(?:\w+ly )?\p{{Ll}}+s\b"
            rf"| (?:was|has|had|is|did|does|would|could|said|went|swapped|felt|knew|thought|looked|took|told|wanted)\b)"
        ),
        regex.compile(rf"(?<=\s(?:when|now|march|june|like|that|since|years|enters|and|,)\s)(?:{own})\b"),
    )


def counsel(wording: Wording) -> Finding | None:
    """Return the sentence of ``wording`` that asks after, comforts or counsels who listens, as its line does not."""
    said, line = plain(wording.said), plain(wording.line)
    reading, content = read(said), stems(line)
    left = sum(s.question and bool(_YOU.search(line[s.start : s.end])) for s in read(line).sentences)
    for sentence in reading.sentences:
        text = said[sentence.start : sentence.end]
        if text.lower() in line.lower() or _of_line(text, content):
            continue
        asks = sentence.question and bool(_YOU.search(text)) and not _OF_SPEECH.search(text)
        left -= asks
        words = text if asks and left < 0 else gesture("counsel", text)
        if words and words.lower() not in line.lower():
            return Finding("reversal", words)
    return None


def _of_line(text: str, content: frozenset[str]) -> bool:
    own = stems(text)
    return bool(own) and len(own & content) > OWN * len(own)
