"""The HTTP connections to a server, shared by all models asked there with one key in one event loop.

Rule: whoever takes a client releases it; the last to do so closes it.
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

import httpx2
import openai

from empa_graph.llm.proxy import is_socks

_Server = tuple[str, str, bool]


@dataclass
class _Shared:
    client: httpx2.AsyncClient
    users: int = 0


_open: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Server, _Shared]] = WeakKeyDictionary()


def shared_client(url: str, key: str, *, trust_env: bool) -> httpx2.AsyncClient:
    """Return the running loop's client for ``url`` and ``key``; its users send their own headers and timeouts."""
    known = _open.setdefault(asyncio.get_running_loop(), {})
    server = url, key, trust_env
    if server not in known:
        # aiohttp would speak HTTP to a SOCKS proxy.
        make = openai.DefaultAsyncHttpxClient if trust_env and is_socks() else openai.DefaultAioHttpClient
        known[server] = _Shared(make(trust_env=trust_env, verify=_tls(trust_env)))
    known[server].users += 1
    return known[server].client


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
