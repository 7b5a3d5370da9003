"""An application of the viewer: pages and answers by address, their files and the words of faults, behind the guard."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.report.html import STATIC as REPORT_STATIC
from empa_graph.viewer import answers, pages
from empa_graph.viewer.guard import Door, Guard

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp

_Handler = Callable[["Request", Exception], "Response"]

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


def fault_handlers(back: str, *, base: str = "viewer/base.html") -> dict[Any, _Handler]:
    """Return who answers for which exception: JSON, or a page in the frame ``base`` that leads ``back``."""
    from starlette.exceptions import HTTPException

    def said(request: Request, code: int, line: str) -> Response:
        if request.url.path.startswith("/api/"):
            return answers.fault(request, code, line)
        return pages.fault(request, code, line, back=back, base=base)

    def refused(request: Request, error: Exception) -> Response:
        """Answer what cannot be done: 404 for an unknown thing, 422 for a damaged one, else 400."""
        code = 404 if isinstance(error, NotFoundError) else 422 if isinstance(error, ContentError) else 400
        return said(request, code, str(error))

    def unknown(request: Request, error: Exception) -> Response:
        code = int(getattr(error, "status_code", 500))
        known = {404: "no page here", 405: "not allowed here"}
        return said(request, code, known.get(code, "this failed; the terminal says how"))

    return {UsageError: refused, HTTPException: unknown, Exception: unknown}
