"""How many requests an endpoint gets at once: it halves when the service says "too many" and grows with successes.

Rule: one limiter per endpoint, shared by all roles that ask it, and bound to one event loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import NamedTuple, Protocol

from empa_graph.errors import ProviderError, TransientError, UsageError
from empa_graph.llm.faults import RETRY_AFTER_CAP

LONGEST_PAUSE = RETRY_AFTER_CAP
"""Seconds at most that one answer of a service can hold back new requests."""
LOOK = 0.5
"""Seconds after which a request that is held back finds out whether it is still to be sent; so late can a limit be."""


class Load(NamedTuple):
    """How an endpoint stands: its present ``limit``, requests under way and waiting, and what happened so far."""

    limit: int
    active: int
    waiting: int
    answered: int
    failed: int
    limited: int
    """Of ``failed``, those that the service turned away because there were too many."""
    waited: float
    """Seconds that requests stood in the queue, summed."""
    paused: float
    """Seconds from now until the next request may start."""


class Slots(Protocol):
    """What requests to one endpoint wait for."""

    def slot(self, *, allow: Callable[[], None] = lambda: None) -> AbstractAsyncContextManager[None]:
        """Wait for a turn and hold it."""


class AdaptiveLimiter:
    """Let at most ``limit`` requests through at once, in the order they came; the limit is between 1 and ``most``.

    A request turned away (429, or any failure with a Retry-After) halves the limit, unless it started before the
    last halving: a burst of refusals counts once. After as many answers as the limit it grows by one.
    """

    def __init__(
        self,
        most: int,
        *,
        start: int | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if most < 1:
            raise UsageError(f"{most} requests at once to one endpoint, allowed is 1 or more")
        self.most = most
        self.limit = min(most, max(1, start or most))
        self._clock = clock
        self._sleep = sleep
        self._turnstile = asyncio.Lock()
        self._changed = asyncio.Event()
        self._halvings = 0
        self._streak = 0
        self._resume_at = 0.0
        self._active = self._waiting = 0
        self._answered = self._failed = self._limited = 0
        self._waited = 0.0

    def load(self) -> Load:
        """Return the state of this moment."""
        return Load(
            limit=self.limit,
            active=self._active,
            waiting=self._waiting,
            answered=self._answered,
            failed=self._failed,
            limited=self._limited,
            waited=self._waited,
            paused=max(0.0, self._resume_at - self._clock()),
        )

    @asynccontextmanager
    async def slot(self, *, allow: Callable[[], None] = lambda: None) -> AsyncGenerator[None, None]:
        """Wait for a turn and hold it; how the block ends is how the request ended.

        ``allow`` is asked before and after every wait and may raise: then the request is not to be sent any more.
        """
        await self._enter(allow)
        window = self._halvings
        try:
            yield
        except ProviderError as error:
            self._note_failure(error, window)
            raise
        else:
            self._note_answer()
        finally:
            self._active -= 1
            self._changed.set()

    async def _enter(self, allow: Callable[[], None]) -> None:
        since = self._clock()
        self._waiting += 1
        try:
            # The lock is first come, first served: whoever holds it is next, all others stand behind it.
            async with self._turnstile:
                allow()
                while not await self._may_start():
                    allow()
                self._active += 1
        finally:
            self._waiting -= 1
            self._waited += self._clock() - since

    async def _may_start(self) -> bool:
        """Say whether the next request may start now; if not, wait until something has changed."""
        if (pause := self._resume_at - self._clock()) > 0:
            await self._sleep(min(pause, LOOK))
        elif self._active >= self.limit:
            self._changed.clear()
            await self._changed.wait()
        else:
            return True
        return False

    def _note_answer(self) -> None:
        self._answered += 1
        self._streak += 1
        if self._streak >= self.limit:
            self._streak = 0
            self.limit = min(self.most, self.limit + 1)

    def _note_failure(self, error: ProviderError, window: int) -> None:
        self._failed += 1
        if not isinstance(error, TransientError) or not (error.kind == "rate_limited" or error.retry_after > 0):
            return
        self._limited += 1
        self._resume_at = max(self._resume_at, self._clock() + min(error.retry_after, LONGEST_PAUSE))
        if window == self._halvings:
            self._halvings += 1
            self._streak = 0
            self.limit = max(1, self.limit // 2)


class Limiters:
    """The limiter of each endpoint of a run, made when it is first asked for."""

    def __init__(self, most: int, *, start: int | None = None) -> None:
        self._most = most
        self._start = start
        self._known: dict[str, AdaptiveLimiter] = {}

    def of(self, endpoint: str) -> AdaptiveLimiter:
        """Return the one limiter of ``endpoint``."""
        if endpoint not in self._known:
            self._known[endpoint] = AdaptiveLimiter(self._most, start=self._start)
        return self._known[endpoint]
