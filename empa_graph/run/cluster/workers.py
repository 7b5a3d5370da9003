"""The workers of a run: so many kept going, each replaced when it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

from empa_graph.errors import UsageError
from empa_graph.models.episode import Episode
from empa_graph.run.cluster.answering import Answering, OnTurn, Shared
from empa_graph.run.cluster.messages import Reply, Request, Task, WorkerLostError
from empa_graph.run.schedule import Entry

STARTS = 3
"""Workers in a row that may be lost before one of them is ready."""
_LOG = logging.getLogger(__name__)


class Actor(Protocol):
    """A worker as the driver reaches it; each method raises WorkerLostError when it is no more."""

    async def ready(self) -> None:
        """Wait until it can play. Raises UsageError where it cannot."""

    async def play(self, task: Task) -> Episode:
        """Return the episode. Raises what stopped it; cancelled, it is cancelled there too."""

    async def requests(self) -> Sequence[Request]:
        """Wait for what it asks."""

    def take(self, replies: list[Reply]) -> None:
        """Send it answers."""

    async def end(self) -> None:
        """End it, whatever it does."""


class Hiring(NamedTuple):
    """What starts a worker, how many there are to be, and the episodes of one at a time."""

    start: Callable[[], Actor]
    workers: int
    share: int


class Hand:
    """One worker, with how many episodes it plays."""

    def __init__(self, actor: Actor, shared: Shared) -> None:
        self.actor = actor
        self.playing = 0
        self.played = set[str]()
        """Its scenarios: what was said in them is quickly read again."""
        self.lost = False
        self._answering = Answering(shared, actor.take)
        self._closed = asyncio.Event()

    async def serve(self) -> None:
        """Answer until the worker is lost. When `play` raises that it was, all it has handed over is kept."""
        try:
            while True:
                self._answering.take(await self.actor.requests())
        except WorkerLostError:
            self.lost = True
        finally:
            await self._answering.close()
            self._closed.set()

    async def play(self, task: Task, on_turn: OnTurn) -> Episode:
        """Return the episode of ``task``. Raises what stopped it, and WorkerLostError."""
        self._answering.on_turn[task.number] = on_turn
        try:
            return await self.actor.play(task)
        except WorkerLostError:
            self.lost = True
            await self.actor.end()  # it may only be out of reach
            await self._closed.wait()
            raise
        finally:
            del self._answering.on_turn[task.number]


class Workers:
    """The workers of a run, as ``hiring`` says; each is kept going by a `keep`."""

    def __init__(self, hiring: Hiring, shared: Shared) -> None:
        self._hiring, self._shared = hiring, shared
        self._up: list[Hand] = []
        self._changed = asyncio.Condition()

    async def play(self, task: Task, on_turn: OnTurn) -> Episode:
        """Play ``task`` on the worker that plays least, or on one that plays one more and knows its scenario.

        Raises what stopped it, and WorkerLostError.
        """
        hand = await self._taken(task.scenario)
        try:
            return await hand.play(task, on_turn)
        finally:
            hand.playing -= 1
            async with self._changed:
                self._changed.notify()

    async def _taken(self, scenario: str) -> Hand:
        async with self._changed:
            while not (free := self._free()):
                await self._changed.wait()
            few = 1 + min(hand.playing for hand in free)
            hand = min(free, key=lambda hand: (hand.playing > few, scenario not in hand.played, hand.playing))
            hand.playing += 1
            hand.played.add(scenario)
            return hand

    def _free(self) -> list[Hand]:
        return [hand for hand in self._up if not hand.lost and hand.playing < self._hiring.share]

    def ordered(self, plan: Iterable[Entry]) -> Iterator[Entry]:
        """Give ``plan`` item by item, each time the first whose scenario is not played by busy workers only.

        A worker reads the texts of a scenario once for all its repeats. Where nothing else is left, the first comes.
        """
        waiting: dict[str, deque[Entry]] = {}
        for entry in plan:
            waiting.setdefault(entry[1].scenario, deque()).append(entry)
        while waiting:
            free = set[str]().union(*(hand.played for hand in self._free()))
            others = set[str]().union(*(hand.played for hand in self._up)) - free
            first = min(waiting, key=lambda scenario: (scenario in others, waiting[scenario][0][0]))
            entry = waiting[first].popleft()
            if not waiting[first]:
                del waiting[first]
            yield entry

    async def keep(self) -> None:
        """Keep one worker going until cancelled. Raises UsageError where none gets ready."""
        lost = 0
        while True:
            actor = self._hiring.start()
            try:
                await actor.ready()
                lost = 0
                await self._served(Hand(actor, self._shared))
            except WorkerLostError as error:
                lost += 1
                if lost == STARTS:
                    raise UsageError(f"{STARTS} workers in a row ended before they were ready: {error}") from None
            finally:
                await actor.end()
            _LOG.warning("worker lost")

    async def _served(self, hand: Hand) -> None:
        self._up.append(hand)
        async with self._changed:
            self._changed.notify_all()
        try:
            await hand.serve()
        finally:
            self._up.remove(hand)
