"""Roles held to the time of their episode and of the run while they play, and not only between two turns.

Rule: a request to a model that is under way when the run's time is up comes back and is kept, since it is paid for.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import math
from dataclasses import replace
from typing import Any

from empa_graph.llm.location import LOCATION
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.views import Role
from empa_graph.run.meter import RunMeter


def timed(roles: Roles, meter: RunMeter) -> Roles:
    """Return ``roles`` that ``meter`` cuts off at its limits of time.

    Every role is cut off when its episode's time is up, and one that is code of the user when the run's is.
    """
    seats = {name: getattr(roles, name) for name in ("persona", "empathic", "evaluator", "director")}
    held: dict[str, Any] = {
        name: _held(role, meter, run=name in roles.code) for name, role in seats.items() if role is not None
    }
    watchers = {
        name: placed._replace(role=_held(placed.role, meter, run=True)) for name, placed in roles.watchers.items()
    }
    return replace(roles, **held, watchers=watchers)


def _held(role: Role, meter: RunMeter, *, run: bool) -> Role:
    # The graph reads from the annotations what a seat sees and writes.
    @functools.wraps(role if inspect.isroutine(role) else type(role).__call__)
    async def held(view: Any) -> Any:
        location = LOCATION.get()
        if location is None:
            return await role(view)
        left = meter.time_left(location.episode, run=run)
        bound = asyncio.timeout(None if math.isinf(left) else left)
        try:
            async with bound:
                return await role(view)
        except TimeoutError:
            if not bound.expired():
                raise
            raise meter.out_of_time(location.episode, run=run) from None

    return held
