"""What a check of a wording is given, and what it finds."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from empa_graph.models.persona import Scenario

Kind = Literal[
    "empty",
    "assistant",
    "refusal",
    "meta",
    "coaching",
    "reversal",
    "notice",
    "jargon",
    "reasoning",
    "instruction",
    "markup",
    "repetition",
    "letter",
    "stage_direction",
    "screenplay",
    "narration",
    "emoji",
    "language",
    "cut_off",
    "length",
    "identifier",
    "goal",
    "echo",
    "fact",
    "beat",
    "beyond",
    "other_move",
]
KINDS: tuple[Kind, ...] = get_args(Kind)


class Finding(NamedTuple):
    """Why a wording is not spoken: the kind, and the words that show it (empty where something is absent)."""

    kind: Kind
    words: str


class Wording(NamedTuple):
    """A wording of the decided ``line``, with what it is checked against."""

    said: str
    line: str
    move: str
    scenario: Scenario
    heard: str = ""
    """The agent's last reply, empty before the first."""
    told: frozenset[str] = frozenset()
    """Ids of the beats that are told already; the one that is being told is known by its line."""

    @property
    def locked(self) -> tuple[str, ...]:
        """The beats of the card, of other goals too, that may not be told here."""
        persona = self.scenario.persona
        beats = (*persona.beats, *(beat for goal in persona.goals for beat in goal.beats))
        return tuple(beat.text for beat in beats if beat.id not in self.told and beat.text not in self.line)


def plain(text: str) -> str:
    """Return ``text`` on one line, with straight quotes and apostrophes and single blanks."""
    return " ".join(text.translate(_STRAIGHT).split())


_STRAIGHT = str.maketrans({"\u2019": "'", "\u2018": "'", "\u02bc": "'", "\u201c": '"', "\u201d": '"', "\u00a0": " "})
