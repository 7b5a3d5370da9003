"""How large the requests of each role are: two turns of one planned episode with stand-ins for the models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from pydantic import BaseModel

from empa_graph.llm import Chat, ChatParameters, Completion, Place, Prompt
from empa_graph.llm.estimate import CHARACTERS_PER_TOKEN, RoleSize
from empa_graph.llm.place import PLACE
from empa_graph.models.ledger import TurnRecord
from empa_graph.roles.dossier import HISTORY_LIMIT
from empa_graph.roles.instructions import instructions
from empa_graph.runner.seats import cast, is_function
from empa_graph.runner.single import with_max_turns
from empa_graph.runner.sitting import Played

GAUGED = 2
"""Turns played: the second shows by how much a prompt grows."""


@dataclass(frozen=True, slots=True)
class Gauge:
    """Stands in for ``chat``: notes the characters of its first prompt at each turn and answers at full length."""

    chat: Chat
    role: str
    seen: dict[int, int] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the model string as the user gave it."""
        return self.chat.name

    @property
    def endpoint(self) -> str:
        """Return where the model would answer."""
        return self.chat.endpoint

    @property
    def parameters(self) -> ChatParameters:
        """Return how the model would be asked."""
        return self.chat.parameters

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer with filler of the longest length."""
        place = PLACE.get()
        characters = sum(len(prompt.content) for prompt in prompts)
        self.seen.setdefault(place.turn if place else 0, characters)
        return Completion(text="word " * (self.parameters.max_tokens * CHARACTERS_PER_TOKEN // 5))

    async def aclose(self) -> None:
        """Do nothing: nothing was opened."""


async def role_sizes(played: Played) -> tuple[RoleSize, ...]:
    """Return the sizes of every role that asks a model; the user's own code is not called."""
    from empa_graph.graph.play import Labels, Sandbox

    gauges: list[Gauge] = []

    def gauged(chat: Chat, role: str) -> Chat:
        gauges.append(Gauge(chat, role))
        return gauges[-1]

    casting = played.casting
    if is_function(casting):
        casting = replace(casting, empathic="scripted:generic")
    rubric = with_max_turns(played.rubric, min(GAUGED, played.run.max_turns))
    seats = cast(replace(casting, judge_every=1), rubric, wrap=gauged)
    sandbox = Sandbox(
        persona=seats.persona,
        empathic=seats.empathic,
        evaluator=seats.evaluator,
        rubric=rubric,
        labels=Labels(agent=played.run.agent),
    )
    first = played.run.plan[0]
    scenario = next(scenario for scenario in played.scenarios if scenario.id == first.scenario)
    PLACE.set(Place(episode=0, repeat=0, turn=1))

    async def on_turn(turn: TurnRecord) -> None:
        PLACE.set(Place(episode=0, repeat=0, turn=turn.turn + 1))

    await sandbox.play(scenario, seed=first.seed, instructions=instructions(first.variant, scenario), on_turn=on_turn)
    return tuple(_size(gauge, played) for gauge in gauges if gauge.seen)


def _size(gauge: Gauge, played: Played) -> RoleSize:
    sizes = [gauge.seen[turn] for turn in sorted(gauge.seen)]
    judges = gauge.role == "judge"
    return RoleSize(
        role=gauge.role,
        model=gauge.name,
        prompt=sizes[0],
        growth=max(0, sizes[-1] - sizes[0]),
        longest=sizes[0] + HISTORY_LIMIT if judges else None,
        tokens_out=gauge.parameters.max_tokens,
        every=played.run.judge_every if judges else 1,
    )
