"""The reference agents that know an answer: graded replies to the lines of the bundled cards, alone or with a loss.

They look at what was said and find the line by its words; nothing of the card reaches them. They are controls: the top
of the known groups, and mixtures whose loss is known.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from empa_graph.content.graded import graded_beside, graded_file, graded_for, lines_of, load_graded
from empa_graph.content.library import load_persona, persona_files
from empa_graph.errors import NotFoundError, ReplyError, UsageError
from empa_graph.models.dialogue import Message
from empa_graph.models.graded import POORER, Grade, GradedLine
from empa_graph.models.persona import Persona
from empa_graph.models.sayable import sayable
from empa_graph.roles.views import EmpathicView, EmpathicWrite, spoken
from empa_graph.seeds import derived_seed

EXPERT = "expert"
_THEN = "expert-then-"
WORDLESS = "Take the time you need. I am staying here."
"""The answer to a person who has no words left."""


class Said(NamedTuple):
    """A line that can be answered, with the card that it stands in and the goals in which it can be said."""

    persona: str
    goals: frozenset[str]
    graded: GradedLine


Answers = Mapping[str, Sequence[Said]]
"""By the text of a line, what it can be: people share short lines."""


class GradedEmpathic:
    """Answers each line with its expert reply, or, in a ``share`` of turns, with a poorer one of one ``kind``.

    It knows the lines of ``answers``, by default those of the bundled cards. Poorer replies are the bundled cards' own.
    """

    def __init__(self, kind: Grade = "expert", share: float = 0.0, *, answers: Answers | None = None) -> None:
        self._kind = kind
        self._share = share
        self._answers = answers

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Reply to the last line. Raises ReplyError (``not_graded``) for words that are no line it knows."""
        turn, texts = view["messages"][-1].turn, spoken(view["messages"], "persona")
        rng = random.Random(derived_seed(view["seed"], "empathic", turn))
        reply = WORDLESS if not texts[-1].strip(". \u2026") else self._reply(texts, rng)
        return EmpathicWrite(messages=[Message(turn=turn, speaker="empathic", content=reply)])

    def _reply(self, texts: Sequence[str], rng: random.Random) -> str:
        said = answered(texts, self._answers)
        if said is None:
            told = f"no graded reply to {texts[-1][:80]!r}; `expert` plays personas that have graded replies"
            raise ReplyError(told, kind="not_graded")
        if rng.random() >= self._share:
            return said.graded.expert.text
        poorer = {reply.grade: reply.text for reply in said.graded.replies}
        return poorer.get(self._kind) or rng.choice(_habit(said.persona, self._kind))


def graded_agent(name: str) -> GradedEmpathic:
    """Return ``expert``, or ``expert-then-KIND@SHARE`` (``expert-then-advice@0.5``; the share is 0.5 where none is)."""
    if name == EXPERT:
        return GradedEmpathic()
    kind, _, share = name.removeprefix(_THEN).partition("@")
    if kind not in POORER:
        raise NotFoundError("kind of poorer reply", kind, POORER, where=f"scripted:{name}")
    try:
        part = float(share or 0.5)
    except ValueError:
        part = -1.0
    if not 0.0 <= part <= 1.0:
        raise UsageError(f"scripted:{name}: the share is '{share}', allowed is 0 to 1")
    return GradedEmpathic(kind, part)


def is_graded(name: str) -> bool:
    """Say whether ``name`` is that of an agent with graded replies."""
    return name == EXPERT or name.startswith(_THEN)


def answers_of(persona: Persona, graded: Sequence[GradedLine]) -> Answers:
    """Return the answers to the lines of one card, by their text; a line without a graded reply has none."""
    replies = {line.line: line for line in graded}
    goals: dict[str, set[str]] = defaultdict(set)
    for goal in persona.goals:
        for said in sayable(persona, goal):
            goals[said.id].add(goal.id)
    found: dict[str, list[Said]] = defaultdict(list)
    for line, text in lines_of(persona).items():
        if line in replies:
            found[text].append(Said(persona.id, frozenset(goals[line]), replies[line]))
    return found


def expert_beside(folder: Path) -> GradedEmpathic:
    """Return the agent that knows the graded replies of the cards in ``folder`` too. Raises ContentError."""
    found: dict[str, list[Said]] = {text: list(said) for text, said in _bundled().items()}
    for file in persona_files(folder):
        if (path := graded_beside(file)) is not None and graded_for(file) is None:
            for text, said in answers_of(load_persona(file), load_graded(path)).items():
                found[text] = [*found.get(text, ()), *said]
    return GradedEmpathic(answers=found)


def answered(texts: Sequence[str], answers: Answers | None = None) -> Said | None:
    """Return the line that the last of ``texts`` is, a connective before it or not; None for words of no card.

    People share short lines ("Go on."): it is the line of whoever said most of the others, in the goal they stand in.
    """
    known = _bundled() if answers is None else answers
    before = [_candidates(text, known) for text in texts[:-1]]
    return max(
        _candidates(texts[-1], known), key=lambda said: sum(_together(said, others) for others in before), default=None
    )


def _together(said: Said, others: Sequence[Said]) -> bool:
    return any(other.persona == said.persona and other.goals & said.goals for other in others)


def _candidates(text: str, known: Answers) -> Sequence[Said]:
    if text in known:
        return known[text]
    longest = max((line for line in known if text.endswith(f" {line}")), key=len, default=None)
    return () if longest is None else known[longest]


@cache
def _bundled() -> Answers:
    found: dict[str, list[Said]] = defaultdict(list)
    for file in persona_files():
        path = graded_file(file.stem)
        for text, said in answers_of(load_persona(file), load_graded(path) if path.is_file() else ()).items():
            found[text] += said
    return found


@cache
def _habit(persona: str, kind: Grade) -> Sequence[str]:
    """Return every reply of ``kind`` to lines of ``persona``: for a line that has none of its own."""
    return [r.text for r in sum((g.replies for g in load_graded(graded_file(persona))), ()) if r.grade == kind]
