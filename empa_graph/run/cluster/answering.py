"""The driver's side of a worker's line: answers from the meter, the limiters and the store of the run.

Rule: what a worker holds is free again when it is lost, and what it has handed over is kept to the end.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager
from typing import Any, NamedTuple

from empa_graph.errors import Error, ProviderError, SuspendedError
from empa_graph.llm import Limiters
from empa_graph.llm.alone import Alone
from empa_graph.llm.location import LOCATION
from empa_graph.models.turn_record import TurnRecord
from empa_graph.run.cluster.messages import Held, Reply, Request
from empa_graph.run.meter import RunMeter

_LOG = logging.getLogger(__name__)
Send = Callable[[list[Reply]], None]
OnTurn = Callable[[TurnRecord], Awaitable[None]]


class Shared(NamedTuple):
    """What all workers of a run share."""

    meter: RunMeter
    limiters: Limiters
    alone: Alone


class Answering:
    """Answers one worker by ``send``; ``on_turn`` holds, by episode, what a finished turn is given to."""

    def __init__(self, shared: Shared, send: Send) -> None:
        self._shared, self._send = shared, send
        self._replies: list[Reply] = []
        self._left: dict[int, asyncio.Future[ProviderError | None]] = {}
        self._holding: set[asyncio.Task[None]] = set()
        self._answering: set[asyncio.Task[None]] = set()
        self.on_turn: dict[int, OnTurn] = {}

    def take(self, requests: Iterable[Request]) -> None:
        """Begin to answer ``requests``; each by itself, so that none waits for another."""
        for request in requests:
            if request.what == "leave":
                self._leave(*request.given)
            elif request.what == "log":
                _logged(*request.given)
            elif request.what == "enter":
                self._left[request.given[0]] = asyncio.get_running_loop().create_future()
                self._begin(self._hold(request, *request.given), self._holding)
            else:
                self._begin(self._answer(request), self._answering)

    async def close(self) -> None:
        """Wait until all that the worker has handed over is kept, and then free what it holds."""
        await asyncio.gather(*self._answering, return_exceptions=True)
        for task in self._holding:
            task.cancel()
        await asyncio.gather(*self._holding, return_exceptions=True)

    def _begin(self, work: Any, among: set[asyncio.Task[None]]) -> None:
        task = asyncio.create_task(work)
        among.add(task)
        task.add_done_callback(among.discard)

    async def _answer(self, request: Request) -> None:
        LOCATION.set(request.location)
        try:
            self._say(Reply(request.id, await self._done(request)))
        except Exception as error:  # noqa: BLE001 - raised again by the worker that asked
            self._say(Reply(request.id, error=_sent(error)))

    async def _done(self, request: Request) -> Any:
        match request.what, request.given:
            case "answered", (key,):
                return await self._shared.meter.answered(key)
            case "keep", (call, key, answer):
                return await self._shared.meter.keep(call, key=key, answer=answer)
            case "turn", (turn,):
                return await self.on_turn[turn.episode](turn)
        raise AssertionError(request.what)

    async def _hold(self, request: Request, number: int, what: Held, name: str) -> None:
        """Let the worker in and wait until it has left; a failure of its request is one of the slot."""
        LOCATION.set(request.location)
        try:
            async with self._held(what, name):
                self._say(Reply(request.id))
                if (error := await self._left[number]) is not None:
                    raise error
        except ProviderError:
            pass  # raised by the worker, where it came from
        except Exception as error:  # noqa: BLE001 - raised again by the worker that asked
            self._say(Reply(request.id, error=_sent(error)))
        finally:
            del self._left[number]

    def _held(self, what: Held, name: str) -> AbstractAsyncContextManager[None]:
        if what == "key":
            return self._shared.alone(name)
        return self._shared.limiters.of(name).slot(allow=lambda: self._shared.meter.allow(name))

    def _leave(self, number: int, error: ProviderError | None) -> None:
        left = self._left.get(number)
        if left is not None and not left.done():
            left.set_result(error)

    def _say(self, reply: Reply) -> None:
        """Send ``reply`` with all others of this round of the loop."""
        if not self._replies:
            asyncio.get_running_loop().call_soon(self._flush)
        self._replies.append(reply)

    def _flush(self) -> None:
        replies, self._replies = self._replies, []
        self._send(replies)


def _sent(error: Exception) -> Error:
    """Return ``error`` as a worker is sent it: one of another kind may not be pickled, and stops the run here."""
    if isinstance(error, Error):
        return error
    _LOG.error("a worker could not be answered", exc_info=error)
    return SuspendedError(f"the driver failed: {type(error).__name__}", limit="stop")


def _logged(fields: dict[str, Any]) -> None:
    """Log here what a worker has logged, without what the log adds by itself."""
    level, event, name = (fields.pop(key) for key in ("level", "event", "logger"))
    del fields["time"]
    logging.getLogger(name).log(logging.getLevelNamesMapping()[level], "%s", event, extra=fields)
