"""The persona in its seat: hear the reply, decide on a move, and put it into words."""

from __future__ import annotations

import random
from typing import Protocol, runtime_checkable

from empa_graph.cues.nearness import Embedder
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import PersonaState
from empa_graph.roles.persona.closing import circled, remembered
from empa_graph.roles.persona.connectives import taken_up
from empa_graph.roles.persona.crisis import informed
from empa_graph.roles.persona.ear import felt
from empa_graph.roles.persona.heard import Heard, heard
from empa_graph.roles.persona.lines import Spoken, line_for
from empa_graph.roles.persona.moves import Decision, decide, opening_state, react
from empa_graph.roles.persona.nearness import Nearness, SentenceNearness, word_vectors
from empa_graph.roles.persona.steering import steering
from empa_graph.roles.persona.voice import Said
from empa_graph.roles.views import PersonaView, PersonaWrite, ours
from empa_graph.seeds import derived_seed

DEFAULT_NOISE = 0.02
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
    """A persona by rules over a private state; ``noise`` is the standard deviation of trust per turn, 0 for none.

    With an ``embedder`` the line nearest to the reply is told by its sentences, without one by ``nearness``.
    """

    def __init__(
        self,
        *,
        voice: Voice | None = None,
        noise: float = DEFAULT_NOISE,
        embedder: Embedder | None = None,
        nearness: Nearness = word_vectors,
    ) -> None:
        self._voice = voice or CardVoice()
        self._noise = noise
        self._nearness: Nearness = SentenceNearness(embedder) if embedder else nearness

    @ours
    async def __call__(self, view: PersonaView) -> PersonaWrite:
        """Hear the last reply, decide, speak."""
        scenario, turn = view["scenario"], _next_turn(view["messages"])
        rng = random.Random(derived_seed(view["seed"], "persona", turn) if self._noise else 0)
        reply = heard(view)
        decision, state = self._decision(view, reply, rng)
        if decision.beat is not None:
            said = Spoken(decision.beat.id, "disclose", decision.beat.text)
        else:
            said = line_for(
                decision.move, state, scenario, rng, heard=reply, hurt=decision.hurt, nearness=self._nearness
            )
        state = remembered(state, said)
        line = taken_up(said.text, said.move, reply, scenario, rng)
        worded = await self._voice.say(line, decision._replace(move=said.move), view)
        text, voicing = worded if isinstance(worded, Said) else Said(worded)
        move = f"disclose:{said.id}" if said.move == "disclose" else said.move
        message = Message(turn=turn, speaker="persona", content=text, move=move, line=said.id, voicing=voicing)
        return PersonaWrite(messages=[message], persona_state=state)

    def _decision(self, view: PersonaView, reply: Heard, rng: random.Random) -> tuple[Decision, PersonaState]:
        scenario, state = view["scenario"], view["persona_state"]
        if state is None:
            return Decision("open"), opening_state(scenario)
        jitter = rng.gauss(0.0, self._noise) if self._noise else 0.0
        reaction = react(state, felt(reply, state, scenario), scenario.persona, jitter=jitter)
        draw = rng.random() if self._noise else 0.5
        told = informed(reaction.state, reply, scenario, view["messages"][-1].turn)
        reaction = reaction._replace(state=told)
        asked = steering(view["directives"], view["messages"], reaction.state, scenario)
        near = view["remaining"] <= NEAR
        decision = decide(
            reaction, scenario, near=near, draw=draw, heard=reply, steering=asked, nearness=self._nearness
        )
        return decision, circled(reaction, decision)


def _next_turn(messages: list[Message]) -> int:
    return messages[-1].turn + 1 if messages else 1
