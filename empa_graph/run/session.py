"""One session at a run, from its start or where it was left to its end, a limit or an interruption."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cached_property
from types import FrameType
from typing import Any

from empa_graph.errors import SuspendedError, UsageError
from empa_graph.llm import Chat, Limiters, MeteredChat, Prices, load_prices
from empa_graph.models.config import RAY, RunConfig
from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.roles.empathic.threads import DaemonThreads
from empa_graph.roles.run_roles import Roles
from empa_graph.run.config import Prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import Watch, rare_collections, run_async
from empa_graph.run.telemetry import Telemetry
from empa_graph.store.ledger import Store
from empa_graph.store.records import CallEntry, Closing, SessionEntry
from empa_graph.store.writer import AsyncWriter

OnStop = Callable[[str], None]
_LOG = logging.getLogger(__name__)
REQUESTS_PER_EPISODE = 4
"""Requests at once to one endpoint, at most, for each episode in flight: a panel asks several."""


class RunStore(AsyncWriter):
    """Keeps a run in ``store``; ``cache``, another run's store, is asked for answers that this one lacks."""

    def __init__(self, store: Store, *, cache: Store | None = None) -> None:
        super().__init__(store.append)
        self._store = store
        self._cache = cache
        tallies = store.tallies()
        self.ended = frozenset(number for number, tally in tallies.items() if tally is None)
        self._begun = tallies.keys() - self.ended
        self.totals = store.totals()
        self._earlier = bool(tallies or self.totals.calls)
        self._fresh: set[str] = set()

    def turns(self, number: int) -> Sequence[TurnRecord]:
        """Return the finished turns of an episode that has not ended."""
        return self._store.turns(number) if number in self._begun else ()

    def calls(self, number: int) -> Sequence[ModelCall]:
        """Return the model calls of an episode that has not ended, from earlier sessions."""
        return self._earlier_calls.get(number, ())

    @cached_property
    def _earlier_calls(self) -> dict[int, list[ModelCall]]:
        found: dict[int, list[ModelCall]] = {}
        for call in self._store.calls() if self._earlier else ():
            if call.episode not in self.ended:
                found.setdefault(call.episode, []).append(call)
        return found

    def answer(self, key: str) -> str | None:
        """Return the kept answer to the request ``key``; the store is only asked for what it may hold."""
        if key in self._fresh or self._earlier:
            kept = self._store.answer(key)
            if kept is not None:
                return kept
        return self._cache.answer(key) if self._cache is not None else None

    async def keep_turn(self, turn: TurnRecord) -> None:
        """Keep a finished turn; durable on return."""
        await self.add(turn)

    async def keep_episode(self, number: int, episode: Episode) -> None:
        """Keep an episode that ended; durable on return."""
        await self.add(Closing(number, episode))

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None:
        """Keep a call and its answer; durable on return."""
        await self.add(CallEntry(call, key, answer))
        if key is not None and answer is not None:
            self._fresh.add(key)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a session uses; none of it changes what is measured."""

    prices: Prices = field(default_factory=load_prices)
    cache: Store | None = None
    telemetry: Telemetry | None = None


def check_resources(roles: Roles, config: RunConfig, resources: Resources) -> None:
    """Raise UsageError where a limit of cost meets a model whose price is unknown."""
    if config.limits.run_cost is None or config.execution.offline:
        return
    unknown = resources.prices.unknown(chat.name for chat in roles.chats)
    if unknown:
        raise UsageError(f"--max-cost: the price of '{unknown[0]}' is unknown; give it in a file with --prices")


class RunSession:
    """Plays what is left of a run. ``meter`` can be read meanwhile, for progress."""

    def __init__(self, played: Prepared, store: Store, resources: Resources) -> None:
        """Read what the store holds already. Nothing is asked of a model before `play`."""
        self._played = played
        self._store = store
        self._resources = resources
        self._turn_store = RunStore(store, cache=resources.cache)
        self._limiters = Limiters(REQUESTS_PER_EPISODE * played.config.execution.concurrency)
        kept, limits = self._turn_store, played.config.limits
        self.meter = RunMeter(kept, limits=limits, totals=kept.totals, telemetry=resources.telemetry)
        self.left = len(played.run.plan) - len(self._turn_store.ended)
        self.begun = False
        """Whether agents are asked: an interrupt before is the user's."""
        self.signalled = False
        """Whether a signal has come, so that a later interrupt is the user's too."""

    async def play(self, watch: Watch | None = None, *, on_stop: OnStop | None = None) -> SuspendedError | None:
        """Play on; return what stopped the run before its end, None when the plan is done.

        ``on_stop`` is told of a signal: the run then waits for the requests under way and no longer.
        """
        played, began = self._played, datetime.now(UTC).isoformat(timespec="seconds")
        if self._resources.telemetry is not None:
            self._resources.telemetry.run(played.run)
        limits = played.config.limits.model_dump(exclude_none=True)
        _LOG.info("session begins", extra={"run": played.run.id, "left": self.left, **limits})
        # Sync nodes of an agent's graph run there; the default executor would be joined at the end.
        asyncio.get_running_loop().set_default_executor(DaemonThreads())
        roles = self._placed(played.roles(wrap=self._metered))
        clock = time.monotonic()
        try:
            with rare_collections(), _stopped_by_signal(self, on_stop):
                stopped = await run_async(
                    played.run,
                    played.scenarios,
                    roles,
                    played.rubric,
                    execution=played.config.execution,
                    turn_store=self._turn_store,
                    meter=self.meter,
                    watch=watch,
                )
        finally:
            await self._turn_store.aclose()
            failed = self._noted(SessionEntry(began=began, seconds=time.monotonic() - clock))
        stopped = stopped or failed
        _LOG.info("session ends", extra={"stopped": str(stopped or ""), **self.meter.totals.model_dump()})
        if (telemetry := self._resources.telemetry) is not None:
            limit = stopped.limit if stopped else None
            await asyncio.to_thread(telemetry.close, totals=self.meter.totals, stopped=limit)  # it sends what is left
        return stopped

    def _noted(self, session: SessionEntry) -> SuspendedError | None:
        """Store how long the session took; a store that fails is told of and hides nothing that came before."""
        try:
            self._store.append([session])
        except SuspendedError as error:
            return error
        return None

    def _placed(self, roles: Roles) -> Roles:
        """Return ``roles`` with the executor that plays this run, where it is one that has to know it."""
        if self._played.config.execution.executor != RAY:
            return roles
        from empa_graph.run.cluster.executor import RayExecutor

        return replace(roles, executor=RayExecutor(self._played, roles, self.meter, self._limiters))

    def _metered(self, chat: Chat, role: str) -> Chat:
        limiter = self._limiters.of(chat.endpoint)
        return MeteredChat(
            chat,
            role=role,
            meter=self.meter,
            limiter=limiter,
            prices=self._resources.prices,
            offline=self._played.config.execution.offline,
        )


@contextmanager
def _stopped_by_signal(session: RunSession, on_stop: OnStop | None) -> Iterator[None]:
    """Let the first Ctrl-C or SIGTERM stop the run with care; the second one interrupts it.

    A handler of Python and not of the loop, so that the signals after the first arrive in a loop that is blocked too.
    """
    session.begun = True
    loop = asyncio.get_running_loop()
    before: dict[int, Any] = {}

    def stop(number: int, _: FrameType | None) -> None:
        session.signalled = True
        signal.signal(number, before[number])
        loop.call_soon_threadsafe(told, signal.Signals(number).name)

    def told(name: str) -> None:
        session.meter.stop(f"stopped by {name}")
        if on_stop is not None:
            on_stop(name)

    with suppress(ValueError):  # not the main thread: no signals here
        for number in (signal.SIGINT, signal.SIGTERM):
            before[int(number)] = signal.signal(number, stop) or signal.SIG_DFL
    try:
        yield
    finally:
        for known, handler in before.items():
            signal.signal(known, handler)
