"""The reference agents that know an answer: graded replies to the lines of the bundled cards, alone or with a loss.

They look at what was said and find the line by its words; nothing of the card reaches them. They are controls: the top
of the known groups, and mixtures whose loss is known.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from empa_graph.content.graded import graded_file, lines_of, load_graded
from empa_graph.content.library import load_persona, persona_files
from empa_graph.errors import NotFoundError, ReplyError, UsageError
from empa_graph.models.dialogue import Message
from empa_graph.models.graded import POORER, Grade, GradedLine
from empa_graph.roles.views import EmpathicView, EmpathicWrite, spoken
from empa_graph.seeds import derived_seed

EXPERT = "expert"
_THEN = "expert-then-"
WORDLESS = "Take the time you need. I am staying here."
"""The answer to a person who has no words left."""


class Said(NamedTuple):
    """A line that can be answered, with the card that it stands in."""

    persona: str
    graded: GradedLine


class GradedEmpathic:
    """Answers each line with its expert reply, or, in a ``share`` of turns, with a poorer one of one ``kind``."""

    def __init__(self, kind: Grade = "expert", share: float = 0.0) -> None:
        self._kind = kind
        self._share = share

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Reply to the last line. Raises ReplyError (``not_graded``) for words that are no line of a bundled card."""
        turn, text = view["messages"][-1].turn, spoken(view["messages"], "persona")[-1]
        rng = random.Random(derived_seed(view["seed"], "empathic", turn))
        reply = WORDLESS if not text.strip(". \u2026") else self._reply(text, rng)
        return EmpathicWrite(messages=[Message(turn=turn, speaker="empathic", content=reply)])

    def _reply(self, text: str, rng: random.Random) -> str:
        said = answered(text)
        if said is None:
            raise ReplyError(f"no graded reply to {text[:80]!r}; `expert` plays bundled personas", kind="not_graded")
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


def answered(text: str) -> Said | None:
    """Return the line that ``text`` is, a connective before it or not; None for words of no bundled card."""
    known = _by_text()
    if text in known:
        return known[text]
    longest = max((line for line in known if text.endswith(f" {line}")), key=len, default=None)
    return None if longest is None else known[longest]


@cache
def _by_text() -> Mapping[str, Said]:
    found: dict[str, Said] = {}
    for file in persona_files():
        path, persona = graded_file(file.stem), load_persona(file)
        if path.is_file():
            texts = lines_of(persona)
            found |= {texts[g.line]: Said(persona.id, g) for g in load_graded(path) if g.line in texts}
    return found


@cache
def _habit(persona: str, kind: Grade) -> Sequence[str]:
    """Return every reply of ``kind`` to lines of ``persona``: for a line that has none of its own."""
    return [r.text for r in sum((g.replies for g in load_graded(graded_file(persona))), ()) if r.grade == kind]
