"""What the fixed controls would have said: the same conversations with every reply a control's."""

from __future__ import annotations

import random

from empa_graph.chats.transcripts import Transcript
from empa_graph.models.dialogue import Message
from empa_graph.roles.empathic.reference_agents import AGENTS
from empa_graph.seeds import derived_seed

CONTROLS = tuple(name for name, agent in AGENTS.items() if agent(("Hello.",), random.Random(0)))
"""The reference agents that say something, by name."""


def answered_by(control: str, transcript: Transcript, *, seed: int) -> Transcript:
    """Return ``transcript`` with one reply of ``control`` in place of what was said in each answered turn.

    The person's messages stay as they are, so they answer somebody else.
    """
    person: dict[int, list[str]] = {}
    messages: list[Message] = []
    for message in transcript.messages:
        if message.speaker == "persona":
            person.setdefault(message.turn, []).append(message.content)
            messages.append(message)
        elif messages and messages[-1].speaker == "persona":
            rng = random.Random(derived_seed(seed, control, transcript.id, message.turn))
            text = AGENTS[control](tuple("\n".join(parts) for parts in person.values()), rng)
            messages.append(Message(turn=message.turn, speaker="empathic", content=text))
    return Transcript(id=transcript.id, messages=tuple(messages))
