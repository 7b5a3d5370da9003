"""A few words of the person's own that take up a yes/no question before the line that answers it."""

from __future__ import annotations

import random

from empa_graph.cues.tokens import read, stems
from empa_graph.models.line import Connectives, Line
from empa_graph.models.persona import Scenario
from empa_graph.models.sayable import Move
from empa_graph.roles.persona.heard import Heard

OFTEN = 0.5
"""Share of yes/no questions, those about danger aside, that are taken up in a word of their own."""
SHARED = 2
"""Content words of the question that a line shares with it from which it says yes to it."""
_SAYS_ITSELF = frozenset(["yes", "no", "aye", "yeah", "yep", "nope", "nah", "maybe", "mibbe", "perhaps", "dunno"])
_INVERTED = frozenset({"safe", "okay", "ok", "alright"})
"""A question with one of these about danger is answered no by somebody who is in danger."""


def taken_up(text: str, move: Move, heard: Heard, scenario: Scenario, rng: random.Random) -> str:
    """Return ``text``, with a connective of the card before it where a yes/no question asks for one."""
    if heard.yes_no is None or _opens_so(text, scenario.persona.connectives):
        return text
    words = _words(move, text, heard.yes_no, scenario.persona.connectives)
    if not words or (move not in ("answer_yes", "answer_no") and rng.random() >= OFTEN):
        return text
    return f"{rng.choice(words).text} {text}"


def _words(move: Move, text: str, question: str, known: Connectives) -> tuple[Line, ...]:
    if move in ("answer_yes", "answer_no"):
        safe = any(token.word in _INVERTED for token in read(question).tokens)
        return known.yes if (move == "answer_yes") != safe else known.no
    if move == "hesitate":
        return known.dont_know
    if move in ("disclose", "elaborate"):
        return known.yes if len(stems(question) & stems(text)) >= SHARED else known.not_quite
    return ()


def _opens_so(text: str, known: Connectives) -> bool:
    """Whether the line begins with such a word itself."""
    first = next((token.word for token in read(text).tokens), "")
    own = (read(line.text).tokens for lines in (known.yes, known.no, known.dont_know) for line in lines)
    return first in _SAYS_ITSELF or first in {tokens[0].word for tokens in own if tokens}
