"""Numbers in a text, in digits or in words."""

from __future__ import annotations

from typing import NamedTuple

import regex

from empa_graph.roles.persona.conformance.words import NUMBERS, SCALES

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
