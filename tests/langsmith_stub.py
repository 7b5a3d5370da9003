"""A stand-in for LangSmith on 127.0.0.1 that keeps what is posted to it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class LangSmith(ThreadingHTTPServer):
    """``posted`` is the bodies of all runs posted, one after the other."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.posted = b""

    @property
    def variables(self) -> dict[str, str]:
        """The environment in which a program traces to it."""
        return {
            "LANGSMITH_TRACING": "true",
            "LANGCHAIN_TRACING_V2": "true",
            "LANGSMITH_ENDPOINT": f"http://127.0.0.1:{self.server_port}",
            "LANGSMITH_API_KEY": "a-key",
            "LANGSMITH_DISABLE_RUN_COMPRESSION": "true",
        }


class _Handler(BaseHTTPRequestHandler):
    server: LangSmith

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline(), 16):
                self.server.posted += self.rfile.read(size)
                self.rfile.readline()
        else:
            self.server.posted += self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._answer()

    def do_PATCH(self) -> None:
        self.do_POST()

    def _answer(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def langsmith() -> Iterator[LangSmith]:
    with LangSmith() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
