"""A worker: plays episodes in a process of its own, with roles it makes from names, and asks the driver for the rest.

Rule: keys come from the environment of the worker; code and content are held to the hashes of the manifest.
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import platform
import sys
import traceback
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from functools import partial
from itertools import count

from empa_graph.errors import Error, UsageError
from empa_graph.llm import Chat, MeteredChat, load_prices
from empa_graph.llm.tracing import traced
from empa_graph.models.config import Keys
from empa_graph.models.episode import Episode
from empa_graph.roles.empathic.threads import DaemonThreads
from empa_graph.roles.specs import code_of
from empa_graph.run.cluster.checks import environment_keys
from empa_graph.run.cluster.line import Line, LineHandler, RemoteMeter, RemoteSlots
from empa_graph.run.cluster.messages import Order, Reply, Request, Task
from empa_graph.run.cluster.wire import Place, Wire, call
from empa_graph.run.config import Prepared, prepared
from empa_graph.run.log import LOGGER
from empa_graph.run.provenance import code_hashes, run_hashes
from empa_graph.run.schedule import rare_collections, sandbox_for
from empa_graph.run.timeouts import timed


class Worker:
    """Plays what it is given; bound to the event loop that `ready` is awaited in."""

    def __init__(self, order: str) -> None:
        """Take an `Order` as JSON; nothing is made of it yet."""
        self._order = order
        self._around = AsyncExitStack()

    async def ready(self, place: Place | None = None) -> Exception | None:
        """Make what plays, and call the driver at ``place``; return what stands against it (UsageError)."""
        try:
            self._make(Order.model_validate_json(self._order))
        except Error as error:
            return UsageError(f"worker on {platform.node()}: {error}")
        return None if place is None else await self._called(place)

    async def _called(self, place: Place) -> Exception | None:
        try:
            wire = await call(place)
        except OSError as error:
            where, why = f"{place.host}:{place.port}", str(error) or "no answer"
            return UsageError(f"worker on {platform.node()}: the driver is out of reach at {where} ({why})")
        self._talking = asyncio.create_task(self._talk(wire))
        return None

    async def _talk(self, wire: Wire) -> None:
        """Ask the driver and hear it until it is gone; without it nothing goes on here."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._ask(wire))
                group.create_task(self._hear(wire))
        except* (OSError, EOFError):
            pass
        finally:
            wire.close()

    async def _ask(self, wire: Wire) -> None:
        while True:
            wire.send(await self.requests())

    async def _hear(self, wire: Wire) -> None:
        while True:
            self._line.take(await wire.receive())

    def _make(self, order: Order) -> None:
        with suppress(OSError):
            os.chdir(order.folder)
        if order.here and "" not in sys.path:
            sys.path.append("")
        self._line, self._numbers, keys = Line(), count(), environment_keys()
        self._meter = RemoteMeter(self._line, limits=order.config.limits, elapsed=order.elapsed)
        self._prices = load_prices(order.config.store.prices)
        self._played = played = _same(order, keys)
        self._roles = timed(played.roles(wrap=self._metered), self._meter)
        variants = played.config.suite.variants
        self._sandboxes = {name: sandbox_for(order.run, name, self._roles, played.rubric) for name in variants}
        self._scenarios = {scenario.id: scenario for scenario in played.scenarios}
        self._around.push_async_callback(self._roles.aclose)
        self._around.enter_context(rare_collections())
        asyncio.get_running_loop().set_default_executor(DaemonThreads())
        logger = logging.getLogger(LOGGER)
        logger.setLevel(logging.INFO)
        handler = LineHandler(self._line, secrets=[key for key in keys.all if key])
        logger.addHandler(handler)
        self._around.callback(logger.removeHandler, handler)

    def _metered(self, chat: Chat, role: str) -> Chat:
        # Every worker makes the chats of a run in the same order: the number tells which one waits for itself.
        return MeteredChat(
            chat,
            role=role,
            meter=self._meter,
            limiter=RemoteSlots(self._line, chat.endpoint),
            prices=self._prices,
            offline=self._played.config.execution.offline,
            alone=partial(self._alone, f"{next(self._numbers)} "),
        )

    def _alone(self, chat: str, key: str) -> AbstractAsyncContextManager[None]:
        return self._line.hold("key", chat + key)

    async def play(self, task: Task) -> Episode | Exception:
        """Play ``task`` and return the episode, or what stopped it; every turn is the driver's before the next."""
        self._meter.begin(task.number)
        try:
            with traced(self._played.config.execution.langsmith):
                return await self._sandboxes[task.variant].play(
                    self._scenarios[task.scenario],
                    seed=task.seed,
                    repeat=task.repeat,
                    instructions=task.instructions,
                    on_turn=partial(self._line.ask, "turn"),
                    number=task.number,
                    finished=task.finished,
                )
        except Exception as error:  # noqa: BLE001 - raised again by the driver
            if not isinstance(error, Error):
                error.add_note("".join(traceback.format_exception(error)))
            return error
        finally:
            self._meter.end(task.number)

    async def played(self, task: Task) -> bytes:
        """Return what `play` returns, pickled: Ray's own pickler takes twice as long."""
        return pickle.dumps(await self.play(task), pickle.HIGHEST_PROTOCOL)

    async def requests(self) -> list[Request]:
        """Wait until something is to be asked of the driver, and return all of it."""
        return await self._line.requests()

    async def take(self, replies: Iterable[Reply]) -> None:
        """Take the driver's answers."""
        self._line.take(replies)

    async def aclose(self) -> None:
        """Close the chats, and be as it was before `ready`."""
        await self._around.aclose()


def _same(order: Order, keys: Keys) -> Prepared:
    """Return what the order names, as this machine has it. Raises UsageError where the run began on something else."""
    run, config = order.run, order.config
    made, _ = prepared(config, keys=keys, bare=True)
    found = run_hashes(made.run, made.scenarios, made.rubric) | code_hashes(code_of(config), config.imports)
    for name, known in (run.hashes | run.code).items():
        if found.get(name) != known:
            raise UsageError(f"{name} is not that of the run; every machine needs the same content and code")
    return made
