"""What is answered where something cannot be done: one line, as a page or as JSON."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.viewer import answers, pages

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

_Handler = Callable[["Request", Exception], "Response"]


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
