"""Which line of the card is said for a move: one that was not said, that fits, and that answers what was just said.

Rule: no line is said twice. A move without a line left gives way to another, then to few words, then to a goodbye.
A few words of the person's own may take up a yes/no question before the line that answers it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from empa_graph.cues.tokens import read, stems
from empa_graph.cues.topics import DANGERS
from empa_graph.models.episode import PersonaState
from empa_graph.models.line import Beat, Connectives, Hurt, Line
from empa_graph.models.persona import Scenario
from empa_graph.models.sayable import Move, Sayable, sayable_for
from empa_graph.roles.persona.heard import NOTHING, Heard
from empa_graph.roles.persona.nearness import Nearness, word_vectors

INSTEAD: Mapping[Move, tuple[Move, ...]] = {
    "elaborate": ("hesitate",),
    "hesitate": ("brief", "elaborate"),
    "deflect": ("push_back", "hesitate", "withdraw"),
    "push_back": ("deflect", "hesitate", "withdraw"),
    "soften": ("elaborate", "hesitate"),
    "settle": ("soften",),
    "refuse_help": ("hesitate",),
    "has_called": ("settle",),
    "means_put_away": ("soften",),
}
"""What is tried in the place of a move that has no line left, before ``brief`` and ``leave``."""
REACH = 0.15
"""How far beyond trust a beat may lie that is told in place of one that is due, as the reply comes nearer to it."""
SILENCE = "\u2026"
"""What is written by a person who has no words left at all."""
OFTEN = 0.5
"""Share of yes/no questions, those about danger aside, that are taken up in a word of their own."""
SHARED = 2
"""Content words of the question that a line shares with it from which it says yes to it."""
_SAYS_ITSELF = frozenset(["yes", "no", "aye", "yeah", "yep", "nope", "nah", "maybe", "mibbe", "perhaps", "dunno"])
_INVERTED = frozenset({"safe", "okay", "ok", "alright"})
"""A question with one of these about danger is answered no by somebody who is in danger."""


class Spoken(NamedTuple):
    """A line as it was chosen: its id, the move it is said for, and its text."""

    id: str
    move: Move
    text: str


def line_for(
    move: Move,
    state: PersonaState,
    scenario: Scenario,
    rng: random.Random,
    *,
    heard: Heard = NOTHING,
    hurt: Hurt = "any",
    nearness: Nearness = word_vectors,
) -> Spoken:
    """Return the line to say for ``move`` after ``heard``, or for what takes its place.

    Lines that answer a topic asked about come first, then the nearest; ``rng`` decides between equals.
    """
    for tried in (move, *INSTEAD.get(move, ()), "brief", "leave"):
        found = fitting(tried, state, scenario, heard=heard, hurt=hurt)
        if found:
            chosen = _nearest(found, heard, rng, nearness)
            return Spoken(chosen.id, tried, chosen.line.text)
    goodbyes = fitting("withdraw", state, scenario, heard=heard)
    if goodbyes:
        chosen = _nearest(goodbyes, heard, rng, nearness)
        return Spoken(chosen.id, "leave", chosen.line.text)
    return Spoken("silence", "leave", SILENCE)


def fitting(
    move: Move, state: PersonaState, scenario: Scenario, *, heard: Heard = NOTHING, hurt: Hurt = "any"
) -> tuple[Sayable, ...]:
    """Return the lines that can be said for ``move`` now; of push-backs those for ``hurt``, else those for any."""
    said = {*state.spoken, *state.told}
    listed = sayable_for(move, scenario.persona, scenario.goal)
    fit = [one for one in listed if one.id not in said and _timely(one.line, said, heard)]
    if move != "push_back":
        return tuple(fit)
    return tuple(one for one in fit if one.hurt == hurt) or tuple(one for one in fit if one.hurt == "any")


def untold(state: PersonaState, scenario: Scenario) -> tuple[Beat, ...]:
    """Return the beats still to tell."""
    beats = (*scenario.goal.beats, *scenario.persona.beats)
    return tuple(beat for beat in beats if beat.id not in state.told and scenario.goal.id not in beat.not_in)


def next_beat(
    state: PersonaState,
    scenario: Scenario,
    *,
    ease: float = 0.0,
    heard: Heard = NOTHING,
    nearness: Nearness = word_vectors,
) -> Beat | None:
    """Return the beat to tell now, None where trust and ``ease`` together reach none.

    Trust says how many beats are told, the reply which: of those within ``REACH`` one that answers what was asked comes
    first, then the one nearest to what was said, then the least private. What answers a question about danger waits for
    no trust.
    """
    said = {*state.spoken, *state.told}
    timely = [beat for beat in untold(state, scenario) if _timely(beat, said, heard)]
    asked = [beat for beat in timely if heard.topics.intersection(beat.answers)]
    urgent = [beat for beat in asked if not DANGERS.isdisjoint(heard.topics.intersection(beat.answers))]
    if urgent:
        return min(urgent, key=_trust)
    tellable = _tellable(timely, state, scenario, ease)
    if asked:
        return min((beat for beat in tellable if beat in asked), key=_trust, default=None)
    if not tellable:
        return None
    near = nearness(heard.text, [beat.text for beat in tellable]) if heard.text else [0.0] * len(tellable)
    return max(zip(near, tellable, strict=True), key=lambda pair: (round(pair[0], 9), -pair[1].trust))[1]


def _tellable(timely: Sequence[Beat], state: PersonaState, scenario: Scenario, ease: float) -> list[Beat]:
    """Return the beats that can be told now: none where as many were told ahead of their trust as are due."""
    beats = (*scenario.goal.beats, *scenario.persona.beats)
    ahead = sum(
        beat.id in state.told and beat.trust - ease > state.trust and DANGERS.isdisjoint(beat.answers) for beat in beats
    )
    due = sum(beat.trust - ease <= state.trust for beat in timely)
    return [beat for beat in timely if beat.trust - ease <= state.trust + REACH] if due > ahead else []


def unmet(line: Line, said: Iterable[str]) -> tuple[str, ...]:
    """Return what ``line`` needs and ``said``, the ids of all that was said, does not hold."""
    if not line.needs:
        return ()
    known = frozenset(said)
    return tuple(needed for needed in line.needs if known.isdisjoint(needed.split("|")))


def _timely(line: Line, said: Iterable[str], heard: Heard) -> bool:
    if line.after not in (None, "question" if heard.question else "statement") or unmet(line, said):
        return False
    past = {*said, *(move.partition(":")[0] for move in heard.moves)} if line.not_after else set()
    return past.isdisjoint(line.not_after)


def _nearest(found: Sequence[Sayable], heard: Heard, rng: random.Random, nearness: Nearness) -> Sayable:
    asked = [one for one in found if heard.topics.intersection(one.line.answers)]
    left = asked or [one for one in found if not one.line.answers] or list(found)
    near = nearness(heard.text, [one.line.text for one in left]) if heard.text else [0.0] * len(left)
    most = max(near)
    return rng.choice([one for one, how in zip(left, near, strict=True) if how >= most - 1e-9])


def _trust(beat: Beat) -> float:
    return beat.trust


def taken_up(text: str, move: Move, heard: Heard, scenario: Scenario, rng: random.Random) -> str:
    """Return ``text``, with a connective of the card before it where a yes/no question asks for one."""
    if heard.yes_no is None or _opens_so(text, scenario.persona.connectives):
        return text
    words = _connectives(move, text, heard.yes_no, scenario.persona.connectives)
    if not words or (move not in ("answer_yes", "answer_no") and rng.random() >= OFTEN):
        return text
    return f"{rng.choice(words).text} {text}"


def _connectives(move: Move, text: str, question: str, known: Connectives) -> tuple[Line, ...]:
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
