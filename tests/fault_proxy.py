"""An OpenAI-compatible server that answers sensibly and fails at chosen rates, the same way for the same seed.

In a test: ``with faults_in_thread(seed=1, rates={"drop": 0.1}) as proxy``. As a process that outlives its client:
``python -m tests.fault_proxy --port 0 --seed 1 --rate drop=0.1``; it prints its URL, and ``GET /counts`` tells what
it did. A fault of the wire is drawn anew for each request, so that a retry may pass; a fault in the answer is drawn
by the prompt alone, so that the same request has the same answer whenever it comes.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiohttp import web
from anyio.from_thread import start_blocking_portal

from tests.sensible_answers import message_for
from tests.stub_server import Canned, failed, no_choices, said, written

WIRE = ("server_error", "rate_limit", "hang", "drop", "half", "drip")
JUDGED = ("malformed", "truncated", "out_of_range")
"""Faults of an answer that was asked for by a schema; other answers do not have them."""
CONTENT = ("no_choices", "null_content", "content_filter", "wrong_model", *JUDGED)
KINDS = (*WIRE, *CONTENT)
HANG = 3_600.0


@dataclass(frozen=True)
class Settings:
    """How the proxy behaves: ``rates`` by kind in [0, 1], times in seconds, ``capacity`` requests at once at most."""

    seed: int = 0
    rates: Mapping[str, float] = field(default_factory=dict)
    latency: float = 0.0
    retry_after: float = 1.0
    drip: float = 0.2
    capacity: int | None = None

    def __post_init__(self) -> None:
        if unknown := set(self.rates) - set(KINDS):
            raise ValueError(f"unknown fault '{sorted(unknown)[0]}'; known: {', '.join(KINDS)}")
        for group in (WIRE, CONTENT):
            if sum(self.rates.get(kind, 0.0) for kind in group) > 1.0:
                raise ValueError(f"the rates of {', '.join(group)} are above 1 together")


def spread(total: float) -> dict[str, float]:
    """Return rates at which about ``total`` of all requests fail, in every way there is."""
    return {kind: total / (2 * len(group)) for group in (WIRE, CONTENT) for kind in group}


def fingerprint(body: Mapping[str, Any]) -> str:
    """Return the name of a request: equal for equal model, messages, schema, tools, seed and parameters."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()[:24]


class FaultProxy:
    """The server; ``asked``, ``answered`` (in full) and ``faults`` count by fingerprint or kind."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.active = self.most_active = 0
        self.url = ""
        self._runner: web.AppRunner | None = None

    def counts(self) -> dict[str, Any]:
        """Return all counts; ``repeated``: fingerprints that were answered in full more than once."""
        return {
            "requests": self.asked.total(),
            "answers": self.answered.total(),
            "most_active": self.most_active,
            "faults": dict(self.faults),
            "asked": dict(self.asked),
            "answered": dict(self.answered),
            "repeated": {name: count for name, count in self.answered.items() if count > 1},
        }

    async def start(self, port: int = 0) -> None:
        """Listen on 127.0.0.1."""
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/counts", self._counts)
        # A handler ends with its client, so that a request given up is neither active nor answered.
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.01, handler_cancellation=True)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", port, backlog=1_024).start()
        host, bound = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{bound}/v1"

    async def stop(self) -> None:
        """Stop listening; requests under way are cut off."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        body = json.loads(await request.read())
        name = fingerprint(body)
        self.asked[name] += 1
        attempt = self.asked[name]
        self.active += 1
        self.most_active = max(self.active, self.most_active)
        try:
            return await self._respond(request, body, name, attempt)
        finally:
            self.active -= 1

    async def _respond(
        self, request: web.Request, body: Mapping[str, Any], name: str, attempt: int
    ) -> web.StreamResponse:
        given = self.settings
        wire = "rate_limit" if self._is_full() else self._drawn(WIRE, f"{name}:{attempt}")
        content = self._drawn(CONTENT, name)
        if content in JUDGED and "response_format" not in body:
            content = None
        kind = wire or content
        if kind:
            self.faults[kind] += 1
        await asyncio.sleep(HANG if kind == "hang" else given.latency)
        if kind == "drop":
            if request.transport is not None:
                request.transport.abort()
            return web.Response()
        response = await written(request, self._canned(body, name, wire, content))
        if wire in (None, "drip"):
            self.answered[name] += 1
        return response

    def _is_full(self) -> bool:
        capacity = self.settings.capacity
        return capacity is not None and self.active > capacity

    def _drawn(self, kinds: tuple[str, ...], name: str) -> str | None:
        """Return the fault that is due, or None; the same for the same seed and ``name``."""
        draw = random.Random(f"{self.settings.seed}:{kinds[0]}:{name}").random()
        for kind in kinds:
            draw -= self.settings.rates.get(kind, 0.0)
            if draw < 0:
                return kind
        return None

    def _canned(self, body: Mapping[str, Any], name: str, wire: str | None, content: str | None) -> Canned:
        if wire == "server_error":
            return failed(500, "the model is overloaded")
        if wire == "rate_limit":
            return failed(429, "too many requests", retry_after=self.settings.retry_after)
        canned = _spoilt(body, name, content)
        if wire == "half":
            return replace(canned, cut=len(canned.body.encode()) // 2)
        return replace(canned, drip=self.settings.drip) if wire == "drip" else canned

    async def _models(self, _: web.Request) -> web.StreamResponse:
        return web.json_response({"object": "list", "data": []})

    async def _counts(self, _: web.Request) -> web.StreamResponse:
        return web.json_response(self.counts())


def _spoilt(body: Mapping[str, Any], name: str, content: str | None) -> Canned:
    """Return the answer to ``body``, with the fault ``content`` in it."""
    if content == "no_choices":
        return no_choices()
    message = message_for(body, name)
    reason = "tool_calls" if message.get("tool_calls") else "stop"
    text = message["content"]
    if content in ("null_content", "content_filter"):
        message = {"role": "assistant", "content": None}
        reason = "stop" if content == "null_content" else "content_filter"
    elif content == "malformed":
        message["content"] = f"Here you are: {text[:-1]} - anything else?"
    elif content == "truncated":
        message["content"], reason = text[: len(text) * 2 // 3], "length"
    elif content == "out_of_range":
        message["content"] = text.replace('"level": ', '"level": 7').replace('"strength": ', '"strength": 7')
    model = "another-model" if content == "wrong_model" else str(body.get("model", "stub-model"))
    return _completion(message, reason, model, body)


def _completion(message: dict[str, Any], reason: str, model: str, body: Mapping[str, Any]) -> Canned:
    sizes = [len(str(each.get("content") or "")) for each in body["messages"]]
    whole = json.loads(said("", finish_reason=reason, model=model).body)
    whole["choices"][0]["message"] = message
    whole["usage"] = {
        "prompt_tokens": sum(sizes) // 4,
        "prompt_tokens_details": {"cached_tokens": sum(sizes[:-1]) // 4},
        "completion_tokens": len(str(message["content"] or "")) // 4 + 1,
    }
    return Canned(json.dumps(whole))


@contextmanager
def faults_in_thread(**given: Any) -> Iterator[FaultProxy]:
    """Serve from another thread with `Settings` of ``given``."""
    proxy = FaultProxy(Settings(**given))
    with start_blocking_portal() as portal:
        portal.call(proxy.start)
        try:
            yield proxy
        finally:
            portal.call(proxy.stop)


async def _serve(settings: Settings, port: int) -> None:
    proxy = FaultProxy(settings)
    await proxy.start(port)
    print(proxy.url, flush=True)  # noqa: T201  # its caller reads where it listens
    await asyncio.Event().wait()


def main() -> None:
    """Serve until stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", action="append", default=[], metavar="KIND=RATE", help=", ".join(KINDS))
    parser.add_argument("--all", type=float, default=None, metavar="RATE", help="every kind, about RATE in all")
    parser.add_argument("--latency", type=float, default=0.0)
    parser.add_argument("--retry-after", type=float, default=1.0)
    parser.add_argument("--drip", type=float, default=0.2)
    parser.add_argument("--capacity", type=int, default=None)
    asked = parser.parse_args()
    rates = {} if asked.all is None else spread(asked.all)
    rates |= {kind: float(rate) for kind, _, rate in (each.partition("=") for each in asked.rate)}
    settings = Settings(asked.seed, rates, asked.latency, asked.retry_after, asked.drip, asked.capacity)
    asyncio.run(_serve(settings, asked.port))


if __name__ == "__main__":
    main()
