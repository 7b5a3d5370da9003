"""All conversations of one server, bounded in number and in what they may cost together."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass

from empa_graph.content.library import find_scenarios
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.llm import Chat, Limiters, MeteredChat, load_prices
from empa_graph.mcp_server.conversation import Conversation, Heard, WaitingEmpathic
from empa_graph.models.config import NO_KEYS, Keys, RunConfig
from empa_graph.models.persona import Scenario
from empa_graph.roles.overrides import handed
from empa_graph.roles.run_roles import Roles
from empa_graph.run.config import Prepared, prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.session import REQUESTS_PER_EPISODE, Resources, check_resources
from empa_graph.run.single import InMemory

MOST_OPEN = 16
"""Conversations that go on at a time."""
MOST_KEPT = 64
"""Conversations that have ended and whose result can be asked for; the oldest is forgotten first."""
IDLE = 1800.0
"""Seconds without a reply after which a conversation gives way to a new one where `MOST_OPEN` go on."""


@dataclass(slots=True)
class _Held:
    conversation: Conversation
    scenario: Scenario
    touched: float


class Desk:
    """Starts conversations, finds them again, and holds them to the limits; `aclose` ends them all."""

    def __init__(self, config: RunConfig, *, keys: Keys = NO_KEYS, clock: Callable[[], float] = time.monotonic) -> None:
        """Look at what ``config`` names. Raises UsageError, for a model without a limit of cost too."""
        self._config, self._keys, self._clock = config, keys, clock
        self.scenarios = {scenario.id: scenario for scenario in find_scenarios(["all"], config.persona.folder)}
        self._resources = Resources(load_prices(config.store.prices))
        self._meter = RunMeter(InMemory(), limits=config.limits)
        self._limiters = Limiters(REQUESTS_PER_EPISODE * MOST_OPEN)
        self._held: dict[str, _Held] = {}
        _, self.roles = self._prepared(next(iter(self.scenarios.values())), WaitingEmpathic(), seed=0)
        if self.roles.chats and config.limits.run_cost is None:
            asked = self.roles.chats[0].name
            raise UsageError(f"--max-cost: say what all conversations may cost together, since '{asked}' is asked")
        check_resources(self.roles, config, self._resources)

    def scenario(self, name: str) -> Scenario:
        """Return the scenario of this id. Raises NotFoundError."""
        if name not in self.scenarios:
            raise NotFoundError("scenario", name, self.scenarios)
        return self.scenarios[name]

    async def start(self, name: str, *, seed: int) -> tuple[str, Heard | None]:
        """Begin a conversation of scenario ``name``; return its id and the person's first words. Raises UsageError."""
        scenario, seat = self.scenario(name), WaitingEmpathic()
        await self._make_room()
        made, _ = self._prepared(scenario, seat, seed=seed)
        begun, number = Conversation(made, seat, self._meter, self._metered), secrets.token_hex(8)
        self._held[number] = _Held(begun, scenario, self._clock())
        return number, await begun.opened()

    def held(self, number: str) -> tuple[Conversation, Scenario]:
        """Return the conversation of this id with its scenario. Raises UsageError where it is not known (any more)."""
        found = self._held.get(number)
        if found is None:
            raise UsageError(f"no conversation '{number}' is known here (any more); `start` begins one")
        found.touched = self._clock()
        return found.conversation, found.scenario

    async def aclose(self) -> None:
        """End all conversations."""
        for number in list(self._held):
            await self._forget(number)

    def _prepared(self, scenario: Scenario, seat: WaitingEmpathic, *, seed: int) -> tuple[Prepared, Roles]:
        named, given = handed(seat)
        config = self._config.changed({**named, "suite.seed": seed})
        return prepared(config, keys=self._keys, given=given, scenarios=[scenario], bare=True)

    def _metered(self, chat: Chat, role: str) -> Chat:
        limiter = self._limiters.of(chat.endpoint)
        return MeteredChat(chat, role=role, meter=self._meter, limiter=limiter, prices=self._resources.prices)

    async def _make_room(self) -> None:
        """Forget what is too old to be kept. Raises UsageError where too many conversations go on."""
        by_age = sorted(self._held, key=lambda number: self._held[number].touched)
        ended = [number for number in by_age if self._held[number].conversation.ended]
        for number in ended[: max(0, len(ended) - MOST_KEPT + 1)]:
            await self._forget(number)
        going = [number for number in by_age if number not in ended]
        if len(going) < MOST_OPEN:
            return
        if self._clock() - self._held[going[0]].touched < IDLE:
            raise UsageError(f"{MOST_OPEN} conversations go on, and no more may; end one of them first")
        await self._forget(going[0])

    async def _forget(self, number: str) -> None:
        await self._held.pop(number).conversation.aclose()
