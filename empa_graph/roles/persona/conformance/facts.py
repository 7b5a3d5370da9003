"""Facts that the decided line does not hold: a relative, an age, a day, a number, a trade, a gender, a name, a danger.

Rule: what is said anew is held against the card's own text; what the card knows nowhere is invented.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import regex

from empa_graph.cues.danger import in_danger
from empa_graph.models.persona import Persona
from empa_graph.roles.persona.conformance.card import OncePerCard
from empa_graph.roles.persona.conformance.finding import Finding, Wording, plain
from empa_graph.roles.persona.conformance.words import DAYS, FEMALE, KIN, MALE, MONTHS, NUMBERS, SCALES, TRADES

_ONE = "|".join(sorted((*NUMBERS, *SCALES), key=len, reverse=True))
_NUMBER = regex.compile(rf"\d+(?:[.,:]\d+)*|\b(?:{_ONE})(?:(?: and |[ -])(?:{_ONE}))*\b", regex.IGNORECASE)
SMALL = 2
"""Numbers up to this one are said for other reasons too."""
_CLOCK = regex.compile(r"\b(?:half|quarter|noon|midday|midnight|dozen|o'clock)\b", regex.IGNORECASE)


class Number(NamedTuple):
    """A number as it is written, its value, and the values of its parts ("forty-six" has 40 and 6)."""

    words: str
    value: float
    parts: tuple[float, ...]


_KIN_WORD = regex.compile(r"(?<![\w'-])\p{L}+(?:-in-laws?|-\p{L}+)?(?=$|[^\w-])")
_OWNED = regex.compile(r"\b(?:my|our)(?: [\p{L}'-]+){0,2} $", regex.IGNORECASE)
_ELDER = regex.compile(
    r"\b(elder|older|oldest|eldest|younger|youngest|little|wee|big|twin|late|second|first|half|kid) $", regex.IGNORECASE
)
_TRADE = regex.compile(
    r"\b(?:i'm|i am|i was|i've been|i have been|i work as|i worked as|as|being|working as|job as) (?:\w+ )?an? "
    rf"(?:[\w-]+ )?({'|'.join(TRADES)})\b",
    regex.IGNORECASE,
)
_AGE = regex.compile(
    r"\b(?:i'm|i am|i was|i'll be|i turned|i turn|turned|turning|aged) (?:only |just |already |about |nearly )?"
    r"(\d{1,3}|[a-z]+(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)"
    r"(?= years old|-year-old|[.,;!]|$| (?:and|now|in|next)\b)"
    r"|\b(\d{1,3}|[a-z]+(?:-[a-z]+)?)[- ]years?[- ]old\b|\bas an? (\d{1,3})\b",
    regex.IGNORECASE,
)
_AS = regex.compile(
    r"\b(?:i'm|i am|as|being|me,|like me,?) (?:just |only |still )?an? (?:[\w-]+ )?"
    rf"({'|'.join((*FEMALE, *MALE))})\b",
    regex.IGNORECASE,
)
_DATES = tuple(
    regex.compile(rf"(?:(?<=\w,? )|^)(?:{'|'.join(name.capitalize() for name in names)})(?=s?\b)")
    for names in (DAYS, MONTHS)
)
_TITLED = regex.compile(r"\b(?:Dr|Mr|Mrs|Ms|Prof|Sir|Doctor|Professor)\.? \p{Lu}\p{L}+")
_NAME = regex.compile(r"(?<=[\p{Ll},;\u2019'\d] )\p{Lu}[\p{L}'-]+(?: \p{Lu}[\p{L}'-]+)*")


class _Texts(NamedTuple):
    """What is compared: the wording, what it may say anew, and all that the card says."""

    said: str
    line: str
    near: str
    """The decided line and the agent's last reply."""
    card: str
    """In lower case."""
    card_kin: frozenset[str]


def fact(wording: Wording) -> Finding | None:
    """Return the words of ``wording`` that say something of the person or theirs that the card does not."""
    said, line = plain(wording.said), plain(wording.line)
    if in_danger((said,)) and not in_danger((line,)):
        return Finding("fact", "danger")
    texts = _Texts(said, line, f"{line} {plain(wording.heard)}", *_card(wording.scenario.persona))
    found = next(_new(texts), None) or next(_other_person(texts, wording), None)
    return Finding("fact", found) if found else None


@OncePerCard
def _card(persona: Persona) -> tuple[str, frozenset[str]]:
    text = plain(persona.model_dump_json(exclude={"goals": {"__all__": {"spaces"}}}))
    return text.lower(), _kin(text)


def _new(texts: _Texts) -> Iterator[str]:
    yield from _relatives(texts)
    yield from _days(texts)
    yield from unknown(texts.said, texts.near)
    yield from _names(texts)


def _relatives(texts: _Texts) -> Iterator[str]:
    """Yield relatives that are not in the line: those the card has not, and any that are called one's own."""
    near, known = _kin(texts.near), texts.card_kin
    for found in _KIN_WORD.finditer(texts.said):
        if not (kin := KIN.get(found[0].lower())):
            continue
        before = texts.said[: found.start()]
        elder = _ELDER.search(before)
        if kin not in near and (kin not in known or elder or _OWNED.search(before)):
            yield found[0]
        if elder and elder[1].lower() not in texts.card:
            yield f"{elder[1]} {found[0]}"


def _kin(text: str) -> frozenset[str]:
    return frozenset(KIN[word] for word in map(str.lower, _KIN_WORD.findall(text)) if word in KIN)


def _days(texts: _Texts) -> Iterator[str]:
    for names in _DATES:
        decided, spoken = _dated(texts.line, names), _dated(texts.said, names)
        if decided - spoken:
            yield from sorted(spoken - decided)


def _dated(text: str, names: regex.Pattern[str]) -> set[str]:
    """Return the days or months of ``text``; "may" at the head of a sentence is none."""
    return set(names.findall(text)) - ({"May"} if text.startswith("May ") else set())


def _names(texts: _Texts) -> Iterator[str]:
    """Yield the names inside a sentence that neither line, reply nor card know."""
    known = f"{texts.near.lower()} {texts.card}"
    if (found := _TITLED.search(texts.said)) and found[0].lower() not in known:
        yield found[0]
    for found in _NAME.finditer(texts.said):
        words = (word.lower() for word in found[0].replace("'s", "").split())
        if any(len(w) > 1 and w not in known and w not in (*DAYS, *MONTHS) and w[:2] != "i'" for w in words):
            yield found[0]


def _other_person(texts: _Texts, wording: Wording) -> Iterator[str]:
    """Yield another age, trade or gender than the card's."""
    demographics = wording.scenario.persona.demographics
    ages = {float(demographics.age), *(number.value for number in numbers(texts.line))}
    for found in _AGE.finditer(texts.said):
        said = numbers(next(filter(None, found.groups())))
        if said and said[0].value > SMALL and said[0].value not in ages:
            yield found[0]
    for found in _TRADE.finditer(texts.said):
        if found[1].lower() not in f"{texts.line.lower()} {texts.card}":
            yield found[0]
    gender = demographics.gender.lower().split()
    other = MALE if "woman" in gender else FEMALE if "man" in gender else ()
    for found in _AS.finditer(texts.said):
        if found[1].lower() in other and found[0].lower() not in texts.line.lower():
            yield found[0]


def numbers(text: str) -> list[Number]:
    """Return the numbers of ``text`` in order."""
    return [_number(found[0]) for found in _NUMBER.finditer(text)]


def _number(words: str) -> Number:
    if words[0].isdigit():
        parts = tuple(float(part) for part in regex.findall(r"\d+", words.replace(",", "")))
        return Number(words, parts[0] if len(parts) == 1 else float("nan"), parts)
    value = 0.0
    added: list[float] = []
    for word in regex.findall(r"\p{L}+", words.lower()):
        if word in SCALES:
            value = max(value, 1.0) * SCALES[word]
        elif word in NUMBERS:
            value += NUMBERS[word]
            added.append(float(NUMBERS[word]))
    return Number(words, value, tuple(added) or (value,))


def unknown(said: str, known: str) -> list[str]:
    """Return the numbers of ``said`` that ``known`` does not hold; small ones pass, and a time in either half of a day.

    What is made of known numbers alone is known: "4.87" where "four" and "eighty-seven" stand.
    """
    held = {value for number in numbers(known) for value in (number.value, *number.parts)}
    held |= {value % 12 for value in held} | {value + 12 for value in held} | set(range(SMALL + 1))
    if _CLOCK.search(f"{said} {known}"):
        held |= {6.0, 12.0, 15.0, 30.0, 45.0}
    return [n.words for n in numbers(said) if n.value not in held and not held.issuperset(n.parts)]
