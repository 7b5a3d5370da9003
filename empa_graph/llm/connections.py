"""The HTTP connections to a server, shared by all models asked there with one key in one event loop.

Rule: whoever takes a client releases it; the last to do so closes it. No redirect is followed, since it would take the
key and the conversation elsewhere.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any
from weakref import WeakKeyDictionary

import httpx2
import openai

from empa_graph.llm.endpoint import OPENAI_URL
from empa_graph.llm.proxy import is_socks

_Server = tuple[str, str, bool]
_NEEDED = (
    "accept",
    "accept-encoding",
    "connection",
    "content-length",
    "content-type",
    "transfer-encoding",
    "x-stainless-raw-response",  # the SDK reads its own request by it
)


@dataclass
class _Shared:
    client: httpx2.AsyncClient
    users: int = 0


_open: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Server, _Shared]] = WeakKeyDictionary()


def shared_client(url: str, key: str, *, trust_env: bool) -> httpx2.AsyncClient:
    """Return the running loop's client for ``url`` and ``key``; its users send their own timeouts.

    A server other than OpenAI is sent ``key`` and no header that the SDK found in a variable meant for OpenAI.
    """
    known = _open.setdefault(asyncio.get_running_loop(), {})
    server = url, key, trust_env
    if server not in known:
        hooks: list[Callable[..., Any]] = [] if url == OPENAI_URL else [partial(_bare, key)]
        # aiohttp would speak HTTP to a SOCKS proxy.
        make = openai.DefaultAsyncHttpxClient if trust_env and is_socks() else openai.DefaultAioHttpClient
        known[server] = _Shared(
            make(trust_env=trust_env, verify=_tls(trust_env), follow_redirects=False, event_hooks={"request": hooks})
        )
    known[server].users += 1
    return known[server].client


async def _bare(key: str, request: httpx2.Request) -> None:
    """Leave ``request`` the headers that it cannot do without."""
    kept = {name: request.headers[name] for name in _NEEDED if name in request.headers}
    own = {"Host": request.url.netloc.decode(), "Authorization": f"Bearer {key}", "User-Agent": "empa-graph"}
    request.headers = httpx2.Headers({**kept, **own})


@lru_cache(maxsize=2)
def blocking_client(*, trust_env: bool) -> httpx2.Client:
    """Return the client that every ChatOpenAI wants to hold for calls that block, of which there are none here."""
    return httpx2.Client(trust_env=trust_env, verify=_tls(trust_env))


@lru_cache(maxsize=2)
def _tls(trust_env: bool) -> ssl.SSLContext:
    """Return one context for all connections, since reading the certificates takes 20 ms."""
    return httpx2.create_ssl_context(trust_env=trust_env)


async def release(client: object) -> None:
    """Say that one user of ``client``, which the running loop had from `shared_client`, has done with it."""
    known = _open.get(asyncio.get_running_loop(), {})
    for server, shared in known.items():
        if shared.client is client:
            shared.users -= 1
            if shared.users == 0:
                del known[server]
                await shared.client.aclose()
            return
