"""Ask again while a service fails for the moment, outside of what the graph retries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from empa_graph.errors import TransientError
from empa_graph.roles.views import EvaluatorRole, EvaluatorView, EvaluatorWrite

ATTEMPTS = 4
"""How often an evaluator is asked for one turn."""
FIRST_WAIT = 0.5
"""Seconds between the first attempt and the second; doubled after each further one."""
LONGEST_WAIT = 60.0
"""Seconds at most that a service's Retry-After is waited for."""
_Given = TypeVar("_Given")
Pause = Callable[[float], Awaitable[object]]


async def asked_again(
    evaluator: EvaluatorRole,
    view: EvaluatorView,
    *,
    first_wait: float = FIRST_WAIT,
    pause: Pause = asyncio.sleep,
    attempts: int = ATTEMPTS,
) -> EvaluatorWrite:
    """Ask at most ``attempts`` times; what the last one raises is raised at once, without a wait behind it."""
    return await again(lambda: evaluator(view), first_wait=first_wait, pause=pause, attempts=attempts)


async def again(
    call: Callable[[], Awaitable[_Given]],
    *,
    first_wait: float = FIRST_WAIT,
    pause: Pause = asyncio.sleep,
    attempts: int = ATTEMPTS,
) -> _Given:
    """Call at most ``attempts`` times, as `asked_again` does."""
    for earlier in range(attempts - 1):
        try:
            return await call()
        except TransientError as error:
            await pause(min(max(error.retry_after, first_wait * 2**earlier), LONGEST_WAIT))
    return await call()
