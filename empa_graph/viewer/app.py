"""The application: which address shows what."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from empa_graph.viewer import answers, notes, pages
from empa_graph.viewer.guard import Door
from empa_graph.viewer.guarded import guarded
from empa_graph.viewer.live import events
from empa_graph.viewer.recent import Recent
from empa_graph.viewer.scales import Scale

if TYPE_CHECKING:
    from starlette.types import ASGIApp

SHOWN = {
    "/": pages.runs,
    "/runs/{key}": pages.run,
    "/runs/{key}/episodes": pages.episodes,
    "/runs/{key}/episodes/{number:int}": pages.episode,
    "/compare": pages.compare,
    "/replay": pages.replay,
    "/api/runs": answers.runs,
    "/api/history": answers.history_of,
    "/api/runs/{key}": answers.run,
    "/api/runs/{key}/episodes": answers.episodes,
    "/api/runs/{key}/episodes/{number:int}": answers.episode,
    "/api/runs/{key}/conversations/{number:int}": answers.conversation,
    "/api/runs/{key}/search": answers.search,
    "/api/runs/{key}/annotations": notes.said_of,
    "/runs/{key}/ratings.jsonl": notes.ratings,
    "/api/runs/{key}/events": events,
    "/static/vega.js": answers.vega,
}
POSTED = {"/api/runs/{key}/annotations": notes.annotate}


class Parts(NamedTuple):
    """What the handlers of one viewer share."""

    recent: Recent
    scales: Sequence[Scale]


def application(parts: Parts, door: Door) -> ASGIApp:
    """Return the guarded application."""
    return guarded(SHOWN, POSTED, door=door, parts=parts, back="All runs")
