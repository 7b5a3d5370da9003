"""Serving the viewer on the loopback of this machine until it is interrupted."""

from __future__ import annotations

import importlib.util
import socket
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from empa_graph.errors import MissingExtraError, UsageError
from empa_graph.viewer.app import Parts, application
from empa_graph.viewer.catalogue import Catalogue
from empa_graph.viewer.guard import Door
from empa_graph.viewer.recent import Recent
from empa_graph.viewer.scales import Scale

if TYPE_CHECKING:
    from starlette.types import ASGIApp

LOOPBACK = "127.0.0.1"
_PATIENCE = 1
"""Seconds that open answers get when the viewer ends; a stream of progress never ends by itself."""


def serve(
    places: Sequence[str],
    *,
    port: int = 0,
    store: str | None = None,
    scales: Sequence[Scale],
    say: Callable[[str], None],
) -> None:
    """Serve the runs in ``places`` on ``port`` (0 for a free one) until Ctrl-C; ``say`` is told the address.

    Raises UsageError for a place or port that cannot be used, MissingExtraError without the extra ``viewer``.
    """
    check_parts("empa view")
    catalogue = Catalogue(places, store=store)
    found = len(catalogue.runs())
    told = f"{found} {'run' if found == 1 else 'runs'} in {', '.join(catalogue.shown)}; Ctrl-C ends the viewer"
    try:
        serve_app(lambda door: application(Parts(Recent(catalogue), scales), door), port=port, told=told, say=say)
    finally:
        catalogue.close()


def check_parts(command: str) -> None:
    """Raise MissingExtraError where what ``command`` serves pages with is not installed."""
    if any(importlib.util.find_spec(name) is None for name in ("starlette", "uvicorn", "sse_starlette", "jinja2")):
        raise MissingExtraError(f"{command} needs its web parts: pip install 'empa-graph[viewer]'")


def serve_app(
    made: Callable[[Door], ASGIApp], *, port: int, told: str, say: Callable[[str], None], command: str = "empa view"
) -> None:
    """Serve what is ``made`` behind a door until Ctrl-C; ``say`` is told a line and the address. Raises UsageError."""
    import uvicorn

    try:
        with listening(port) as taken:
            number = taken.getsockname()[1]
            door = Door(number, renewed=lambda url: say(f"one browser is in; for another: {url}"), command=command)
            server = uvicorn.Server(
                uvicorn.Config(
                    made(door),
                    log_level="warning",
                    access_log=False,
                    lifespan="off",
                    ws="none",
                    proxy_headers=False,
                    server_header=False,
                    timeout_graceful_shutdown=_PATIENCE,
                )
            )
            say(told)
            say(door.url)
            server.run(sockets=[taken])
    except KeyboardInterrupt:  # uvicorn has shut down, and hands the signal on
        pass


def listening(port: int) -> socket.socket:
    """Return a socket that listens on ``port`` of the loopback, 0 for a free one. Raises UsageError."""
    taken = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((LOOPBACK, port))
        taken.listen(128)
    except OSError as error:
        taken.close()
        raise UsageError(f"--port {port}: {(error.strerror or 'cannot be used').lower()}") from None
    return taken
