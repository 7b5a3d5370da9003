"""A worker's line to the driver, and what its episodes reach over it: the meter of the run, slots, keys, the log.

Rule: a worker keeps nothing; what was not answered by the driver has not happened.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import count
from typing import Any

from empa_graph.errors import ProviderError
from empa_graph.llm.location import LOCATION
from empa_graph.models.config import Limits
from empa_graph.models.turn_record import ModelCall
from empa_graph.run.cluster.messages import Held, Reply, Request, What
from empa_graph.run.log import LineFormatter
from empa_graph.run.meter import RunMeter


class Line:
    """Requests that wait to be fetched, and who waits for which answer; bound to one event loop."""

    def __init__(self) -> None:
        self._requests: list[Request] = []
        self._some = asyncio.Event()
        self._ids = count()
        self._waiting: dict[int, asyncio.Future[Any]] = {}

    async def ask(self, what: What, *given: Any) -> Any:
        """Return what the driver answers. Raises what it raises."""
        number = next(self._ids)
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._put(Request(number, what, given, LOCATION.get()))
        try:
            return await self._waiting[number]
        finally:
            del self._waiting[number]

    def tell(self, what: What, *given: Any) -> None:
        """Let the driver know; nothing comes back."""
        self._put(Request(next(self._ids), what, given, LOCATION.get()))

    @asynccontextmanager
    async def hold(self, what: Held, name: str) -> AsyncGenerator[None, None]:
        """Wait until the driver lets this one in, and hold it; how the block ends is told to the driver."""
        number, error = next(self._ids), None
        try:
            await self.ask("enter", number, what, name)
            yield
        except ProviderError as found:
            error = found
            raise
        finally:
            self.tell("leave", number, error)

    async def requests(self) -> list[Request]:
        """Wait for requests and return all there are."""
        await self._some.wait()
        self._some.clear()
        found, self._requests = self._requests, []
        return found

    def take(self, replies: Iterable[Reply]) -> None:
        """Hand each reply to who waits for it; one who was cancelled meanwhile waits no more."""
        for reply in replies:
            waiting = self._waiting.get(reply.id)
            if waiting is None or waiting.done():
                continue
            if reply.error is None:
                waiting.set_result(reply.value)
            else:
                waiting.set_exception(reply.error)

    def _put(self, request: Request) -> None:
        self._requests.append(request)
        self._some.set()


class _Nowhere:
    """Keeps nothing: calls of a worker go over its line."""

    def answer(self, key: str) -> str | None:
        return None

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None:
        return None


class RemoteMeter(RunMeter):
    """The meter of a worker: holds its episodes to their time, and leaves all else to the meter of the run."""

    def __init__(self, line: Line, *, limits: Limits, elapsed: float) -> None:
        super().__init__(_Nowhere(), limits=limits, elapsed=elapsed)
        self._line = line

    async def answered(self, key: str) -> str | None:
        """Return the answer that the run keeps for the request ``key``."""
        kept: str | None = await self._line.ask("answered", key)
        return kept

    async def keep(self, call: ModelCall, *, key: str | None = None, answer: str | None = None) -> None:
        """Return when the driver has kept ``call``."""
        await self._line.ask("keep", call, key, answer)

    def allow(self, endpoint: str) -> None:
        """Allow it: the driver is asked for the slot, and refuses there."""


class RemoteSlots:
    """The limiter of an endpoint, which is the driver's and shared by all workers."""

    def __init__(self, line: Line, endpoint: str) -> None:
        self._line, self._endpoint = line, endpoint

    def slot(self, *, allow: Callable[[], None] = lambda: None) -> AbstractAsyncContextManager[None]:
        """Wait for a turn and hold it; whether it is allowed is the driver's to say."""
        return self._line.hold("slot", self._endpoint)


class LineHandler(logging.Handler):
    """Sends what is logged to the driver, as the fields of a line of the log, without keys."""

    def __init__(self, line: Line, *, secrets: Iterable[str]) -> None:
        super().__init__(logging.INFO)
        self._line, self._loop = line, asyncio.get_running_loop()
        self.setFormatter(LineFormatter(secrets))

    def emit(self, record: logging.LogRecord) -> None:
        """Send a record; any thread may log."""
        self._loop.call_soon_threadsafe(self._line.tell, "log", json.loads(self.format(record)))
