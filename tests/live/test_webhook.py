from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from empa_graph.errors import UsageError
from empa_graph.live.webhook import ATTEMPTS, Post


class Server(ThreadingHTTPServer):
    """Answers with ``codes`` in turn, the last one for ever, and keeps what it got."""

    def __init__(self, *codes: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.codes = list(codes)
        self.got: list[object] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/breaches"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        self.server.got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        codes = self.server.codes
        self.send_response(codes.pop(0) if len(codes) > 1 else codes[0])
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@contextmanager
def serving(*codes: int) -> Iterator[Server]:
    with Server(*codes) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


async def at_once(seconds: float) -> None:
    return


async def test_a_record_arrives_as_json():
    with serving(204) as server:
        assert await Post(server.url)({"rule": "aligned"}) is None
    assert server.got == [{"rule": "aligned"}]


async def test_a_failure_is_tried_again():
    with serving(500, 200) as server:
        assert await Post(server.url, pause=at_once)({"turn": 1}) is None
    assert len(server.got) == 2


@pytest.mark.parametrize("code", [302, 307, 503])
async def test_after_so_many_tries_the_fault_is_said_and_no_redirect_is_followed(code: int):
    with serving(code) as server:
        assert await Post(server.url, pause=at_once)({}) == f"HTTP {code}"
    assert len(server.got) == ATTEMPTS


async def test_a_place_where_nobody_listens_is_a_fault_and_no_error():
    with serving(200) as server:
        url = server.url
    fault = await Post(url, pause=at_once)({})
    assert fault is not None
    assert "refused" in fault


@pytest.mark.parametrize("url", ["ftp://a/b", "file:///etc/passwd", "breaches", "http://"])
def test_what_is_no_web_address_is_refused(url: str):
    with pytest.raises(UsageError, match="is no URL"):
        Post(url)


@pytest.mark.parametrize("url", ["http://me:s3cret@host/x", "me:s3cret@host", "host/x?token=s3cret"])
def test_a_refused_url_is_not_repeated_with_its_secret(url: str):
    with pytest.raises(UsageError, match="allowed are http://HOST/") as caught:
        Post(url)
    assert "s3cret" not in str(caught.value)


async def test_a_url_that_cannot_be_sent_is_told_without_its_query():
    assert await Post("http://127.0.0.1:1/x?token=s3cret w", pause=at_once)({}) == "InvalidURL"
