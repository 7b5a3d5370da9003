"""How a run gets on while another process plays it: server-sent events, read from its store."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from empa_graph.errors import UsageError
from empa_graph.models.record import Record
from empa_graph.report.text import one_line
from empa_graph.store.tables import EpisodeOutcome
from empa_graph.viewer.asked import Nothing, asked
from empa_graph.viewer.recent import Recent, Status, state_of

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

PERIOD = 0.7
"""Seconds between two looks at the store."""
LATEST = 6
"""Episodes that are named of those that ended last."""


class Ended(Record):
    """An episode that has ended."""

    number: int
    scenario: str
    variant: str
    ending: str


class Progress(Record):
    """How far a run has come."""

    status: Status
    suspended: str
    planned: int
    episodes: int
    scored: int
    turns: int
    calls: int
    latest: tuple[Ended, ...]


def progress(recent: Recent, key: str) -> Progress:
    """Return how far a run has come, with its latest episodes. Raises UsageError."""
    store, extent = recent.catalogue.store(key), recent.extent(key)
    place = recent.catalogue.located(key).place
    state = state_of(store.run, extent, place, writing=store.being_written())
    return Progress(
        status=state.status,
        suspended=one_line(state.suspended)[:400],
        planned=len(store.run.plan),
        episodes=extent.episodes,
        scored=extent.scored,
        turns=extent.turns,
        calls=extent.calls,
        latest=tuple(map(_ended, store.latest(LATEST))),
    )


def _ended(outcome: EpisodeOutcome) -> Ended:
    return Ended(
        number=outcome.number,
        scenario=one_line(outcome.scenario)[:200],
        variant=one_line(outcome.variant)[:200],
        ending=one_line(outcome.ending)[:40],
    )


async def events(request: Request) -> Response:
    """Send the progress of a run whenever it has changed, until it is complete or nobody listens."""
    from sse_starlette import EventSourceResponse

    asked(Nothing, request.query_params)
    recent: Recent = request.app.state.parts.recent
    key = request.path_params["key"]
    await asyncio.to_thread(recent.catalogue.store, key)  # what is unknown is said before the stream begins
    return EventSourceResponse(_stream(recent, key), ping=15)


async def _stream(recent: Recent, key: str) -> AsyncIterator[dict[str, str]]:
    last: Progress | None = None
    try:
        while last is None or last.status != "complete":
            found = await asyncio.to_thread(progress, recent, key)
            if found != last:
                last = found
                yield {"event": "progress", "data": json.dumps(found.model_dump(mode="json"))}
            await asyncio.sleep(PERIOD)
    except UsageError as error:
        yield {"event": "fault", "data": json.dumps(one_line(str(error)))}
        return
    yield {"event": "end", "data": "{}"}
