"""The persona in its seat: hear the reply, decide on a move, and put it into words."""

from __future__ import annotations

import random
from typing import Protocol, runtime_checkable

from empa_graph.cues.nearness import Embedder
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import PersonaState
from empa_graph.roles.persona.crisis import ACCEPTANCE, informed
from empa_graph.roles.persona.heard import Heard, felt, heard
from empa_graph.roles.persona.lines import Spoken, line_for, taken_up
from empa_graph.roles.persona.moves import Decision, Reaction, decide, opening_state, react
from empa_graph.roles.persona.nearness import Nearness, SentenceNearness, word_vectors
from empa_graph.roles.persona.steering import steering
from empa_graph.roles.persona.voice import Said
from empa_graph.roles.views import PersonaView, PersonaWrite, ours
from empa_graph.seeds import derived_seed

DEFAULT_NOISE = 0.02
NEAR = 1.4
"""Radii from the target: from here on the person speaks as somebody who is nearly there."""
THANKS = frozenset({"settle", "soften"})
NOTHING_NEW = 0.25
"""Pleasure at a reply up to which it has brought nothing new."""
CIRCLED = 4
"""From here on there is nothing left to say: two thanks in a row for nothing new (2 each), four settlings (1 each)."""


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
        scenario, said_before = view["scenario"], view["messages"]
        turn = said_before[-1].turn + 1 if said_before else 1
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


def circled(reaction: Reaction, decision: Decision) -> PersonaState:
    """Return the state after ``decision``, which counts how far thanks have gone round in a row."""
    idle = decision.move in THANKS and reaction.pleasure <= NOTHING_NEW
    round_again = 2 if idle else int(decision.move == "settle")
    circle = reaction.state.circle + round_again if round_again else 0
    return reaction.state.model_copy(update={"circle": circle, "ended": "exhausted" if circle >= CIRCLED else None})


def remembered(state: PersonaState, said: Spoken) -> PersonaState:
    """Return the state that knows that ``said`` was said, with what that ends or accepts."""
    known = "told" if said.move == "disclose" else "spoken"
    changed: dict[str, object] = {known: (*getattr(state, known), said.id), "owns_danger": said.move == "answer_yes"}
    if said.move == "leave":
        changed["ended"] = "left"
    if said.move in ACCEPTANCE and state.help_accepted is not None:
        changed["help_accepted"] = True
    return state.model_copy(update=changed)
