"""A JSON body posted to a server and what came back: read up to a limit, never redirected, with a status of its own."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple, Protocol

from empa_graph.llm.answer import BODY_LIMIT
from empa_graph.llm.proxy import Proxy

if TYPE_CHECKING:
    import ssl

    import aiohttp
    import httpx2
    from yarl import URL

CONNECTIONS, IDLE = 1_000, 5.0
"""Connections to one server at most, and the seconds that an unused one is kept: many servers close it then."""

_LARGE = 2**20
"""Bytes of a body that aiohttp wants to read piece by piece."""


class Waits(NamedTuple):
    """Seconds that a request may wait: for a piece of its answer or a free connection, and for a connection."""

    answer: float
    connect: float


class Reply(NamedTuple):
    """What a server answered; ``body`` None is one that was longer than `BODY_LIMIT` bytes."""

    status: int
    headers: Mapping[str, str]
    body: bytes | None


class StatusError(Exception):
    """An answer with a status that is no success, with what `faults` reads of an error of any client."""

    def __init__(self, reply: Reply) -> None:
        self.response = reply
        self.status_code = reply.status
        self.body = _error(reply.body or b"")
        named = self.body if isinstance(self.body, Mapping) else {}
        self.code, self.type = named.get("code") or "", named.get("type") or ""
        super().__init__(str(self.body or f"Error code: {reply.status}"))


class Poster(Protocol):
    """Posts to the one server that it was made for."""

    async def post(self, url: str, body: bytes, waits: Waits) -> Reply:
        """Return the reply to ``body``; raises what its client raises when there is none."""

    async def aclose(self) -> None:
        """Close the connections."""


class DirectPoster:
    """Posts by aiohttp, directly or by a proxy of HTTP; bound to the running event loop."""

    def __init__(self, headers: Mapping[str, str], *, tls: ssl.SSLContext | bool, proxy: Proxy) -> None:
        import aiohttp

        # A proxy is passed with each request, since with trust_env the session would send what ~/.netrc holds.
        self._proxy = proxy
        self._session = aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=IDLE, ssl=tls),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        self._urls: dict[str, URL] = {}
        self._timeouts: dict[Waits, aiohttp.ClientTimeout] = {}

    async def post(self, url: str, body: bytes, waits: Waits) -> Reply:
        """Return the reply to ``body``, of which no more than the limit is read."""
        async with self._session.post(
            self._url(url),
            data=body if len(body) < _LARGE else io.BytesIO(body),
            timeout=self._timeout(waits),
            allow_redirects=False,
            proxy=self._proxy.url,
            proxy_auth=self._proxy.login,
        ) as response:
            return Reply(response.status, response.headers, await _whole(response))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._session.close()

    @property
    def closed(self) -> bool:
        """Say whether the connections are closed."""
        return self._session.closed

    def _url(self, url: str) -> URL:
        from yarl import URL

        return self._urls.get(url) or self._urls.setdefault(url, URL(url))

    def _timeout(self, waits: Waits) -> aiohttp.ClientTimeout:
        import aiohttp

        if waits not in self._timeouts:
            self._timeouts[waits] = aiohttp.ClientTimeout(
                connect=waits.answer, sock_connect=waits.connect, sock_read=waits.answer
            )
        return self._timeouts[waits]


class SocksPoster:
    """Posts by httpx, which finds a SOCKS proxy in the environment by itself; aiohttp speaks to none."""

    def __init__(self, headers: Mapping[str, str], *, tls: ssl.SSLContext | bool) -> None:
        import httpx2

        limits = httpx2.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE)
        self._client: httpx2.AsyncClient = httpx2.AsyncClient(
            headers=headers, verify=tls, limits=limits, follow_redirects=False
        )

    async def post(self, url: str, body: bytes, waits: Waits) -> Reply:
        """Return the reply to ``body``, of which no more than the limit is read."""
        import httpx2

        timeout = httpx2.Timeout(waits.answer, connect=waits.connect)
        async with self._client.stream("POST", url, content=body, timeout=timeout) as response:
            received = bytearray()
            async for chunk in response.aiter_bytes():
                received += chunk
                if len(received) > BODY_LIMIT:
                    return Reply(response.status_code, response.headers, None)
        return Reply(response.status_code, response.headers, bytes(received))

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    @property
    def closed(self) -> bool:
        """Say whether the connections are closed."""
        return self._client.is_closed


async def _whole(response: aiohttp.ClientResponse) -> bytes | None:
    received: list[bytes] = []
    size = 0
    async for chunk in response.content.iter_any():
        received.append(chunk)
        size += len(chunk)
        if size > BODY_LIMIT:
            response.close()
            return None
    return b"".join(received)


def _error(body: bytes) -> object:
    """Return the error that ``body`` tells of, as OpenAI's SDK does: what is under "error", the whole, or its text."""
    text = body.decode("utf-8", "replace").strip()
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return told.get("error", told) if isinstance(told, Mapping) else told
