"""The executor ``ray``: the driver keeps the run and its limits, and Ray starts the workers that play.

Rule: only the driver writes. So a worker that was given up, or whose driver is gone, can change nothing.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from empa_graph.llm import Limiters
from empa_graph.llm.alone import Alone
from empa_graph.models.config import ExecutionConfig, RunConfig, StoreConfig
from empa_graph.roles.run_roles import Roles
from empa_graph.run.cluster.actor import cluster
from empa_graph.run.cluster.answering import Shared
from empa_graph.run.cluster.messages import Order
from empa_graph.run.cluster.remote import RemoteSandbox
from empa_graph.run.cluster.workers import Hiring, Workers
from empa_graph.run.config import Prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import bounded

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
                    await bounded(play, plan, concurrency)
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
