"""A small OpenAI-compatible server on 127.0.0.1 with scripted answers and faults, for tests.

``async with StubServer(said("Hello."), failed(429, retry_after=2)) as stub`` inside a loop, or
``with stub_in_thread(...) as stub`` around code that runs its own loop. Answers are given in order; the
last one repeats. A function of the request body may stand in for the answers.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web
from anyio.from_thread import start_blocking_portal

DROPS = 32


@dataclass(frozen=True)
class Canned:
    """One answer: a ``body`` with a ``status``, after ``delay`` seconds, or a dropped connection.

    ``after`` holds it back until so many requests have come. ``cut`` ends the connection after so many bytes of the
    body; ``drip`` is the pause in seconds between the `DROPS` parts it then comes in. ``chunked`` sends no length.
    """

    body: str | bytes = ""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    after: int = 0
    drop: bool = False
    cut: int | None = None
    drip: float = 0.0
    chunked: bool = False


def said(
    text: str | None,
    *,
    finish_reason: str | None = "stop",
    model: str = "stub-model",
    delay: float = 0.0,
    refusal: str | None = None,
) -> Canned:
    message = {"role": "assistant", "content": text, "refusal": refusal}
    body = {
        "id": "stub-1",
        "object": "chat.completion",
        "created": 1,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
    return Canned(json.dumps(body), delay=delay)


def messaged(*parts: str | Mapping[str, Any], stop_reason: str = "end_turn", model: str = "stub-model") -> Canned:
    """An answer as Anthropic's ``/v1/messages`` gives it, of texts and calls of tools with their input."""
    content = [
        {"type": "text", "text": part} if isinstance(part, str) else {"type": "tool_use", "id": "call-1", **part}
        for part in parts
    ]
    body = {
        "id": "stub-1",
        "type": "message",
        "role": "assistant",
        "model": model,
        "content": content,
        "stop_reason": stop_reason,
        "stop_sequence": None,
        "usage": {"input_tokens": 4, "cache_read_input_tokens": 3, "output_tokens": 2},
    }
    return Canned(json.dumps(body))


def failed(
    status: int, message: str = "stub fault", *, retry_after: str | float | None = None, code: str | None = None
) -> Canned:
    headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
    error = {"error": {"message": message, "type": "stub", "code": code}}
    return Canned(json.dumps(error), status=status, headers=headers)


def dropped() -> Canned:
    return Canned(drop=True)


def slow(seconds: float, text: str = "late") -> Canned:
    return said(text, delay=seconds)


def held(after: int, text: str = "late") -> Canned:
    return replace(said(text), after=after)


def null_content(finish_reason: str | None = "content_filter") -> Canned:
    return said(None, finish_reason=finish_reason)


def no_choices() -> Canned:
    return Canned(json.dumps({"id": "stub-1", "model": "stub-model", "choices": []}))


def prose(text: str = "<html>Welcome to nginx</html>") -> Canned:
    return Canned(text)


Answers = Callable[[dict[str, Any]], Canned]


class StubServer:
    """Serve ``/v1/chat/completions``, ``/v1/messages`` and ``/v1/models``.

    ``requests`` holds the bodies, ``keys`` the keys sent, ``headers`` all headers of every request as one text.

    ``connections`` holds the client's end of every connection that a chat request came over.
    """

    def __init__(
        self, *answers: Canned | str, choose: Answers | None = None, models: tuple[str, ...] = ("stub-model",)
    ) -> None:
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.headers: list[str] = []
        self.connections: set[object] = set()
        self.models = models
        self.models_status = 200
        self.url = ""
        self._answers = [said(a) if isinstance(a, str) else a for a in answers] or [said("Hello.")]
        self._choose = choose
        self._runner: web.AppRunner | None = None

    async def until(self, count: int) -> None:
        """Wait until so many chat requests have come."""
        async with asyncio.timeout(30):
            while self.count < count:
                await asyncio.sleep(0.002)

    @property
    def count(self) -> int:
        """Chat requests received so far, failed ones included."""
        return len(self.requests)

    async def __aenter__(self) -> StubServer:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_post("/v1/messages", self._chat)
        app.router.add_get("/v1/models", self._models)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/v1"
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        self.headers.append(str(dict(request.headers)))
        self.requests.append(body)
        authorised = request.headers.get("Authorization", "").removeprefix("Bearer ")
        self.keys.append(request.headers.get("x-api-key", authorised))
        self.connections.add(request.transport and request.transport.get_extra_info("peername"))
        canned = self._choose(body) if self._choose else self._answers[min(self.count, len(self._answers)) - 1]
        await self.until(canned.after)
        if canned.delay:
            await asyncio.sleep(canned.delay)
        if canned.drop:
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        return await written(request, canned)

    async def _models(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(str(dict(request.headers)))
        listed = {"object": "list", "data": [{"id": name, "object": "model"} for name in self.models]}
        return web.json_response(listed, status=self.models_status)


async def written(request: web.Request, canned: Canned) -> web.StreamResponse:
    """Write the answer, or as much of it as ``canned`` lets through; ends once it is with the system to send."""
    body = canned.body.encode() if isinstance(canned.body, str) else canned.body
    response = web.StreamResponse(status=canned.status, headers={"Content-Type": "application/json", **canned.headers})
    if canned.chunked:
        response.enable_chunked_encoding()
    else:
        response.content_length = len(body)
    await response.prepare(request)
    size = len(body) // DROPS + 1
    for start in range(0, len(body), size) if canned.drip else ():
        await response.write(body[start : start + size])
        await asyncio.sleep(canned.drip)
    if not canned.drip:
        await response.write(body[: canned.cut])
    if canned.cut is None:
        await response.write_eof()
        return response
    # Without a pause the bytes are thrown away together with the connection.
    await asyncio.sleep(0.02)
    if request.transport is not None:
        request.transport.abort()
    return response


@contextmanager
def stub_in_thread(*answers: Canned | str, choose: Answers | None = None) -> Iterator[StubServer]:
    """Serve from another thread, for code under test that calls ``asyncio.run`` itself."""
    with (
        start_blocking_portal() as portal,
        portal.wrap_async_context_manager(StubServer(*answers, choose=choose)) as stub,
    ):
        yield stub
