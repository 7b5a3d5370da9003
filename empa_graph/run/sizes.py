"""How large the requests of each role are: two turns of what is planned with stand-ins for the models."""

from __future__ import annotations

import json
from collections.abc import Sequence

from pydantic import BaseModel

from empa_graph.llm import Chat, Completion, Prompt
from empa_graph.llm.around import ChatAround
from empa_graph.llm.estimate import CHARACTERS_PER_TOKEN, RoleSize
from empa_graph.llm.location import LOCATION
from empa_graph.models.rubric import with_max_turns
from empa_graph.roles.director.model import SHOWN
from empa_graph.roles.empathic.instructions import instructions
from empa_graph.roles.evaluator.judge_prompt import HISTORY_LIMIT, WHOLE_LIMIT
from empa_graph.roles.evaluator.support_judge import SEAT, supported
from empa_graph.roles.persona.voice import ATTEMPTS
from empa_graph.roles.persona.voice_prompt import REFUSAL_ROOM, TURNS
from empa_graph.roles.specs import is_function
from empa_graph.run.config import Prepared, made_roles

GAUGED = 2
"""Turns played: the second shows by how much a prompt grows."""
UNJUDGED = 200
"""Characters at most that a director sees of a judged turn and not of the stand-ins' turns: eight numbers in full."""


class Gauge(ChatAround):
    """Stands in for ``chat``: notes the characters of its first prompt at each turn and answers at full length."""

    def __init__(self, chat: Chat, role: str) -> None:
        super().__init__(chat)
        self.role = role
        self.seen: dict[tuple[int, int], int] = {}
        """By episode and turn."""

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer with filler of the longest length; a voice with its line, which is checked before it is spoken."""
        location = LOCATION.get()
        characters = sum(len(prompt.content) for prompt in prompts)
        if location is not None:
            self.seen.setdefault((location.episode, location.turn), characters)
        decided = [line for line in prompts[-1].content.splitlines() if line.startswith('{"line":')]
        if self.role == "persona" and decided:
            return Completion(text=str(json.loads(decided[-1])["line"]))
        return Completion(text="word " * (self.parameters.max_tokens * CHARACTERS_PER_TOKEN // 5))


async def role_sizes(played: Prepared) -> tuple[RoleSize, ...]:
    """Return the sizes of every role that asks a model, at their largest; the user's own code is not called."""
    from empa_graph.run.schedule import sandbox_for

    gauges: list[Gauge] = []

    def gauged(chat: Chat, role: str) -> Chat:
        gauges.append(Gauge(chat, role))
        return gauges[-1]

    stand_ins: dict[str, object] = {"evaluator.judge_every": 1, "extra": ()}
    if is_function(played.config.agent):
        stand_ins |= {"agent.spec": "scripted:generic", "agent.context": None, "agent.initial": None}
    rubric = with_max_turns(played.rubric, min(GAUGED, played.rubric.stop.max_turns))
    roles = made_roles(played.config.changed(stand_ins), rubric, keys=played.keys, wrap=gauged)
    scenarios = {scenario.id: scenario for scenario in played.scenarios}
    # Not more episodes than differ in what is said first.
    for number, (name, variant) in enumerate(sorted({(item.scenario, item.variant) for item in played.run.plan})):
        sandbox = sandbox_for(played.run, variant, roles, rubric)
        told = instructions(variant, scenarios[name])
        episode = await sandbox.play(scenarios[name], instructions=told, number=number)
        for turn in range(1, GAUGED + 1):  # how its one request grows with the conversation
            said = tuple(message for message in episode.messages if message.turn <= turn)
            upto = episode.model_copy(update={"messages": said})
            await supported(upto, roles.support_judge, scenarios[name], number=number)
    return tuple(_size(gauge, played) for gauge in gauges if gauge.seen)


def _size(gauge: Gauge, played: Prepared) -> RoleSize:
    first = {episode: size for (episode, turn), size in gauge.seen.items() if turn == 1}
    prompt = max(first.values())
    growth = max((0, *(size - first[episode] for (episode, turn), size in gauge.seen.items() if turn > 1)))
    longest, every = None, 1
    if gauge.role == "judge":
        longest, every = prompt + HISTORY_LIMIT, played.config.evaluator.judge_every
    elif gauge.role == SEAT:
        longest, every = prompt + WHOLE_LIMIT, played.rubric.stop.max_turns
    elif gauge.role == "persona":
        prompt += (ATTEMPTS - 1) * REFUSAL_ROOM
        longest = prompt + 2 * TURNS * growth
    elif gauge.role == "director":
        prompt, growth = prompt + UNJUDGED, growth + UNJUDGED
        longest = prompt + SHOWN * growth
    tokens_out = gauge.parameters.max_tokens
    return RoleSize(
        role=gauge.role,
        model=gauge.name,
        prompt=prompt,
        growth=growth,
        longest=longest,
        tokens_out=tokens_out,
        every=every,
    )
