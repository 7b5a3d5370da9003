"""A model's voice for the persona: it words the move that the rules decided, and nothing else."""

from __future__ import annotations

from string import Template

from empa_graph.errors import RunError
from empa_graph.llm import Chat, Prompt
from empa_graph.roles.instructions import profile, prompt_template
from empa_graph.roles.policy import Decision
from empa_graph.roles.views import PersonaView, spoken
from empa_graph.seeds import derived_seed

LONGEST_MESSAGE = 4_000
"""Characters of one message of the persona; what a model writes beyond is refused."""


class ModelVoice:
    """Words the decided line through ``chat``, in the persona's way of writing."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat
        self.name = chat.name

    async def say(self, line: str, decision: Decision, view: PersonaView) -> str:
        """Return the model's wording of ``line``. Raises RunError when it is empty or too long."""
        persona = view["scenario"].persona
        heard = spoken(view["messages"], "agent")
        request = Template(prompt_template("voice")).substitute(
            **profile(persona),
            language=persona.language,
            low=persona.voice.words[0],
            high=persona.voice.words[1],
            line=line,
            heard=repr(heard[-1][:1_000]) if heard else "nothing yet",
        )
        turn = view["messages"][-1].turn + 1 if view["messages"] else 1
        seed = derived_seed(view["seed"], "voice", turn)
        answer = await self._chat.complete([Prompt(role="user", content=request)], seed=seed)
        text = answer.text.strip()
        if not text or len(text) > LONGEST_MESSAGE:
            found = f"{len(text):,} characters"
            raise RunError(
                f"the persona's voice wrote {found}, allowed are 1 to {LONGEST_MESSAGE:,}",
                blame="persona",
                kind="persona_voice",
            )
        return text
