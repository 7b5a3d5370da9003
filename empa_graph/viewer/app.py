"""The application: which address shows what, behind the guard."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from empa_graph.report.html import STATIC as REPORT_STATIC
from empa_graph.viewer import answers, notes, pages
from empa_graph.viewer.faults import fault_handlers
from empa_graph.viewer.guard import Door, Guard
from empa_graph.viewer.live import events
from empa_graph.viewer.recent import Recent
from empa_graph.viewer.scales import Scale

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

STATIC = Path(__file__).with_name("static")
_Handler = Callable[["Request"], "Response"]
PAGES: dict[str, _Handler] = {
    "/": pages.runs,
    "/runs/{key}": pages.run,
    "/runs/{key}/episodes": pages.episodes,
    "/runs/{key}/episodes/{number:int}": pages.episode,
    "/compare": pages.compare,
    "/replay": pages.replay,
}
ANSWERS: dict[str, _Handler] = {
    "/api/runs": answers.runs,
    "/api/history": answers.history_of,
    "/api/runs/{key}": answers.run,
    "/api/runs/{key}/episodes": answers.episodes,
    "/api/runs/{key}/episodes/{number:int}": answers.episode,
    "/api/runs/{key}/conversations/{number:int}": answers.conversation,
    "/api/runs/{key}/search": answers.search,
    "/api/runs/{key}/annotations": notes.said_of,
    "/runs/{key}/ratings.jsonl": notes.ratings,
}


class Parts(NamedTuple):
    """What the handlers of one viewer share."""

    recent: Recent
    scales: Sequence[Scale]


def application(parts: Parts, door: Door) -> ASGIApp:
    """Return the guarded application. It closes the stores when it ends."""
    from starlette.applications import Starlette
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    routes = [
        *(Route(path, handler, methods=["GET"]) for path, handler in {**PAGES, **ANSWERS}.items()),
        Route("/api/runs/{key}/annotations", notes.annotate, methods=["POST"]),
        Route("/api/runs/{key}/events", events, methods=["GET"]),
        Route("/static/vega.js", answers.vega, methods=["GET"]),
        Mount("/static/report", StaticFiles(directory=REPORT_STATIC)),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    app = Starlette(routes=routes, exception_handlers=fault_handlers("All runs"))
    app.state.parts = parts
    return Guard(app, door)
