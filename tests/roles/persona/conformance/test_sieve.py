"""A sieve never hides a pattern that would match: it only spares the trying."""

from __future__ import annotations

import pytest
import regex

from empa_graph import find_scenarios
from empa_graph.roles.persona.conformance.finding import plain
from empa_graph.roles.persona.conformance.phrases import _phrases
from empa_graph.roles.persona.conformance.sieve import ANY, SIZE, Sieve, needed


def _texts() -> list[str]:
    cards = {scenario.persona.id: scenario.persona for scenario in find_scenarios(["all"])}
    said = [beat.text for card in cards.values() for goal in card.goals for beat in goal.beats]
    patterns = [
        regex.sub(r"\\b|\(\?:|\(\?<?[=!][^)]*\)|[()^$?*+\\]", "", p.pattern).replace("|", " ") for _, p in _phrases()[0]
    ]
    return [plain(text) for text in (*said, *patterns, *(text.upper() for text in said[:20]))]


def test_every_phrase_that_matches_passes() -> None:
    every, sieve = _phrases()
    tried = 0
    for text in _texts():
        passed = sieve(text)
        matching = {number for number, (_, pattern) in enumerate(every) if pattern.search(text)}
        assert matching <= set(passed)
        assert passed == sorted(passed)
        tried += len(passed)
    assert tried < 0.2 * len(every) * len(_texts()), "it spares little"


@pytest.mark.parametrize(
    ("expression", "strings"),
    [
        (r"\bas an? (?:large )?model\b", {"as a model", "as an model", "as a large model", "as an large model"}),
        (r"some\w+thing", {"thing"}),
        (r"(?:abc|de\wfgh)", {"abc", "fgh"}),
        (r"(?:x\w*needle)+ end", {"needle"}),
        (r"(?:again ){2,}", {"again "}),
    ],
)
def test_what_an_expression_needs(expression: str, strings: set[str]) -> None:
    assert needed(expression).strings == strings


@pytest.mark.parametrize("expression", [r"\w+", r"(?:optional)?", r"(?:word|\d+)", r"\p{Lu}word", "(?:never)*"])
def test_what_cannot_be_told_is_always_tried(expression: str) -> None:
    assert min(map(len, needed(expression).strings)) < SIZE
    assert Sieve([regex.compile(expression)])("") == [0]
    assert ANY.strings == {""}


@pytest.mark.parametrize("text", ["HELPLINE", "helpl\u0130ne"])
def test_letters_that_equal_ascii_without_case(text: str) -> None:
    pattern = regex.compile("helpline", regex.IGNORECASE)
    assert pattern.search(text)
    assert Sieve([pattern])(text) == [0]


def test_other_letters_that_equal_ascii_without_case() -> None:
    pattern = regex.compile("kiosks", regex.IGNORECASE)
    assert pattern.search("\u212aio\u017fks")
    assert Sieve([pattern])("\u212aio\u017fks") == [0]
