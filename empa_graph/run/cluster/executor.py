"""The executor ``ray``: the driver keeps the run and its limits, and Ray starts the workers that play.

Rule: only the driver writes. So a worker that was given up, or whose driver is gone, can change nothing.
"""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from empa_graph.errors import RunError
from empa_graph.llm import Limiters
from empa_graph.llm.alone import Alone
from empa_graph.models.config import ExecutionConfig, RunConfig, StoreConfig
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.models.turn_record import TurnRecord
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.views import PersonaView, PersonaWrite
from empa_graph.run.cluster.actor import cluster
from empa_graph.run.cluster.answering import OnTurn, Shared
from empa_graph.run.cluster.messages import Order, Task, WorkerLostError
from empa_graph.run.cluster.workers import Hiring, Workers
from empa_graph.run.config import Prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import bounded, sandbox_for

if TYPE_CHECKING:
    from empa_graph.graph.sandbox import Sandbox

LOSSES = 5
"""Workers that may be lost over one turn of an episode; it fails with the last."""
_LOG = logging.getLogger(__name__)


class RemoteSandbox:
    """Plays the episodes of one variant on ``workers``, which are there once the run has begun."""

    def __init__(self, workers: Callable[[], Workers], variant: str, played: Prepared, roles: Roles) -> None:
        self._workers, self._variant = workers, variant
        self._played, self._roles = played, roles

    async def play(
        self,
        scenario: Scenario,
        *,
        seed: int = 0,
        repeat: int = 0,
        instructions: str = "",
        on_turn: OnTurn,
        number: int = 0,
        finished: Sequence[TurnRecord] = (),
    ) -> Episode:
        """Play as a sandbox does. An episode that loses `LOSSES` workers over one turn fails as ``worker_lost``."""
        turns, stopped = list(finished), list[Exception]()

        async def keep(turn: TurnRecord) -> None:
            try:
                await on_turn(turn)
            except Exception as error:
                stopped.append(error)
                raise
            turns.append(turn)

        lost = 0
        while lost < LOSSES:
            begun = len(turns)
            task = Task(number, scenario.id, self._variant, seed, repeat, instructions, tuple(turns))
            try:
                return await self._workers().play(task, keep)
            except WorkerLostError:
                lost = lost + 1 if len(turns) == begun else 1
                _LOG.warning("episode put again", extra={"episode": number, "turns": len(turns), "lost": lost})
            finally:
                if stopped:  # as it was raised here, and whether the worker lives or not
                    raise stopped[0]
        return await self._failed().play(scenario, seed=seed, repeat=repeat, number=number, finished=turns)

    def _failed(self) -> Sandbox:
        """Return a sandbox in which the next turn fails."""

        async def gone(view: PersonaView) -> PersonaWrite:
            raise RunError(f"{LOSSES} workers were lost over this turn", blame="us", kind="worker_lost")

        roles = replace(self._roles, persona=gone)
        return sandbox_for(self._played.run, self._variant, roles, self._played.rubric)


Cluster = Callable[[ExecutionConfig, Callable[[], str], int], AbstractAsyncContextManager[Hiring]]
"""Gives what starts workers: as the execution says, each told what is called for, for so many episodes at a time."""


class RayExecutor:
    """Plays ``played`` on workers ``among`` a cluster, which is there for as long as it plays."""

    def __init__(
        self, played: Prepared, roles: Roles, meter: RunMeter, limiters: Limiters, *, among: Cluster = cluster
    ) -> None:
        self._played, self._roles, self._among = played, roles, among
        self._shared = Shared(meter, limiters, Alone())
        self._workers: Workers | None = None

    async def __call__(self, play: Callable[[Any], Awaitable[None]], plan: Iterable[Any], concurrency: int) -> None:
        """Play each item of ``plan`` once, ``concurrency`` at a time; the first error ends it."""
        async with self._among(self._played.config.execution, self._order, concurrency) as hiring:
            self._workers = workers = Workers(hiring, self._shared)
            try:
                async with asyncio.TaskGroup() as group:
                    kept = [group.create_task(workers.keep()) for _ in range(hiring.workers)]
                    await bounded(play, workers.ordered(plan), concurrency)
                    for worker in kept:
                        worker.cancel()
            except ExceptionGroup as several:
                raise several.exceptions[0] from None

    def sandbox(self, variant: str) -> RemoteSandbox:
        """Return what plays the episodes of ``variant``."""
        return RemoteSandbox(self._hired, variant, self._played, self._roles)

    def _hired(self) -> Workers:
        assert self._workers is not None, "nothing is played before the run begins"
        return self._workers

    def _order(self) -> str:
        """Return what a worker is told that starts now."""
        order = Order(
            run=self._played.run.model_copy(update={"plan": ()}),
            config=sent(self._played.config),
            folder=str(Path.cwd()),
            here="" in sys.path,
            elapsed=self._shared.meter.seconds,
        )
        return order.model_dump_json()


def sent(config: RunConfig) -> RunConfig:
    """Return ``config`` as a worker is told it: it plays by itself, and knows neither database nor folder."""
    store = StoreConfig(prices=config.store.prices, redaction=config.store.redaction)
    alone = {"executor": "asyncio", "workers": None, "ray_address": None, "cache": None, "otel": False}
    return config.model_copy(update={"store": store, "execution": config.execution.model_copy(update=alone)})
