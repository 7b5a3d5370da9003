"""An application of the viewer: pages and answers by address, their files and the words of faults, behind the guard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from empa_graph.report.html import STATIC as REPORT_STATIC
from empa_graph.viewer.faults import fault_handlers
from empa_graph.viewer.guard import Door, Guard

if TYPE_CHECKING:
    from starlette.types import ASGIApp

STATIC = Path(__file__).with_name("static")
Handlers = Mapping[str, Callable[..., Any]]
"""Who answers at which address, at once or as a coroutine."""


def guarded(
    shown: Handlers, posted: Handlers, *, door: Door, parts: object, back: str, base: str = "viewer/base.html"
) -> ASGIApp:
    """Return the application behind ``door``; its handlers share ``parts``, as ``request.app.state.parts``.

    ``shown`` is what is read, ``posted`` what is sent. The page of a fault stands in ``base`` and leads ``back``.
    """
    from starlette.applications import Starlette
    from starlette.routing import Mount, Route
    from starlette.staticfiles import StaticFiles

    routes = [
        *(Route(path, handler, methods=["GET"]) for path, handler in shown.items()),
        *(Route(path, handler, methods=["POST"]) for path, handler in posted.items()),
        Mount("/static/report", StaticFiles(directory=REPORT_STATIC)),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    app = Starlette(routes=routes, exception_handlers=fault_handlers(back, base=base))
    app.state.parts = parts
    return Guard(app, door)
