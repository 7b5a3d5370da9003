"""Whether the text of a card binds the person's age: then the age is not moved, since no line could follow."""

from __future__ import annotations

from collections.abc import Iterator

import regex

from empa_graph.models.persona import Persona

_ONES = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_STAGES = regex.compile(
    r"\b(?:years?[ -]old|(?:my|your|his|her|their) (?:own )?age|birthday|born|retire\w*|pension\w*|students?|"
    r"appren\w+|(?:first|second|third|final)-year|(?:mid-|early |late )?(?:twenties|thirties|forties|fifties|sixties|"
    r"seventies|eighties)|grand(?:child\w*|sons?|daughters?)|turn(?:s|ed|ing)? (?:\d\d|twenty|thirty|forty|fifty|sixty|"
    r"seventy))\b",
    regex.IGNORECASE,
)
"""Words by which people say how old they are, or where in life they stand."""
_APART = frozenset(
    {"id", "answers", "needs", "not_in", "not_after", "after", "cue", "spaces", "priorities", "language"}
)


def age_words(persona: Persona) -> str | None:
    """Return the first words of the card that bind an age, with the field they stand in; None where there are none.

    The person's own age counts as a number and in words. Words about somebody else bind it too: whose they are is not
    told apart.
    """
    own = regex.compile(rf"\b(?:{persona.demographics.age}|{_spelt(persona.demographics.age)})\b", regex.IGNORECASE)
    for field, text in _texts(persona.model_dump(mode="json")):
        if found := _STAGES.search(text) or own.search(text):
            return f"'{found[0]}' in {field}"
    return None


def _spelt(age: int) -> str:
    tens, ones = divmod(age, 10)
    if not 2 <= tens <= 9:
        return str(age)
    return _TENS[tens - 2] + (f"[- ]{_ONES[ones - 1]}" if ones else "")


def _texts(value: object, field: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield field, value
    elif isinstance(value, dict):
        for name, part in value.items():
            if name not in _APART:
                yield from _texts(part, f"{field}.{name}".lstrip("."))
    elif isinstance(value, list):
        for place, part in enumerate(value):
            yield from _texts(part, f"{field}.{place}")
