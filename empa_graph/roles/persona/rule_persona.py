"""The persona in its seat: hear the reply, decide on a move, and put it into words."""

from __future__ import annotations

import random
import re
from typing import Protocol, runtime_checkable

from empa_graph.cues import CueContext, detect
from empa_graph.models.cue import Cue
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import PersonaState
from empa_graph.models.persona import Scenario
from empa_graph.roles.persona.moves import Decision, Reaction, card_line, decide, opening_state, react
from empa_graph.roles.persona.steering import last_move, steering
from empa_graph.roles.persona.voice import Said
from empa_graph.roles.views import PersonaView, PersonaWrite, ours, spoken
from empa_graph.seeds import derived_seed

DEFAULT_NOISE = 0.02
_NUMBER = re.compile(r"\b\d{3,}\b")
NEAR = 1.4
"""Radii from the target: from here on the person speaks as somebody who is nearly there."""


@runtime_checkable
class Voice(Protocol):
    """Turns a decided move, whose content is ``line``, into the person's words."""

    name: str

    async def say(self, line: str, decision: Decision, view: PersonaView) -> str | Said:
        """Return the message to send."""
        ...


class CardVoice:
    """Speaks the card's own lines; needs no model."""

    name = "card"

    async def say(self, line: str, decision: Decision, view: PersonaView) -> str:
        """Return ``line`` as it stands."""
        return line


class RulePersona:
    """A persona by rules over a private state; ``noise`` is the standard deviation of trust per turn, 0 for none."""

    def __init__(self, *, voice: Voice | None = None, noise: float = DEFAULT_NOISE) -> None:
        self._voice = voice or CardVoice()
        self._noise = noise

    @ours
    async def __call__(self, view: PersonaView) -> PersonaWrite:
        """Hear the last reply, decide, speak."""
        scenario, turn = view["scenario"], _next_turn(view["messages"])
        rng = random.Random(derived_seed(view["seed"], "persona", turn) if self._noise else 0)
        decision, state = self._decision(view, rng)
        if decision.beat is not None:
            line = decision.beat.text
            state = state.model_copy(update={"told": (*state.told, decision.beat.id)})
        else:
            line, state = card_line(decision.move, state, scenario, rng)
        said = await self._voice.say(line, decision, view)
        text, voicing = said if isinstance(said, Said) else Said(said)
        move = f"disclose:{decision.beat.id}" if decision.beat else decision.move
        message = Message(turn=turn, speaker="persona", content=text, move=move, voicing=voicing)
        return PersonaWrite(messages=[message], persona_state=state)

    def _decision(self, view: PersonaView, rng: random.Random) -> tuple[Decision, PersonaState]:
        scenario, state = view["scenario"], view["persona_state"]
        if state is None:
            return Decision("open"), opening_state(scenario.persona)
        jitter = rng.gauss(0.0, self._noise) if self._noise else 0.0
        reaction: Reaction = react(state, _heard(view), scenario.persona, jitter=jitter)
        draw = rng.random() if self._noise else 0.5
        asked = steering(view["directives"], view["messages"], reaction.state, scenario)
        near = view["remaining"] <= NEAR
        withdrew = last_move(view["messages"]) == "withdraw"
        decision = decide(reaction, scenario, near=near, draw=draw, withdrew=withdrew, steering=asked)
        return decision, reaction.state


def cue_context(scenario: Scenario | None, person: tuple[str, ...], replies: tuple[str, ...]) -> CueContext:
    """Return the context in which this person's cues are read."""
    if scenario is None:
        return CueContext(person=person, replies=replies)
    persona = scenario.persona
    phrases = tuple(phrase for disliked in persona.anti_preferences for phrase in disliked.phrases)
    return CueContext(
        person=person,
        replies=replies,
        reply_words=persona.voice.reply_words,
        anti_phrases=phrases,
        services=frozenset(_NUMBER.findall(" ".join(scenario.goal.constraints))) if scenario.in_crisis else frozenset(),
    )


def _heard(view: PersonaView) -> tuple[Cue, ...]:
    replies = spoken(view["messages"], "empathic")
    context = cue_context(view["scenario"], spoken(view["messages"], "persona"), replies[:-1])
    return detect(replies[-1], context)


def _next_turn(messages: list[Message]) -> int:
    return messages[-1].turn + 1 if messages else 1
