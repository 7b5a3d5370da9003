"""The HTTP connections to a server, shared by all models asked there with one key in one event loop.

Rule: whoever takes a client releases it; the last to do so closes it. No redirect is followed, since it would take the
key and the conversation elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from weakref import WeakKeyDictionary

from empa_graph.errors import ProviderError
from empa_graph.llm.endpoint import OPENAI_URL, is_loopback
from empa_graph.llm.post import DirectPoster, SocksPoster
from empa_graph.llm.proxy import Proxy, is_socks, proxy_for

_Server = tuple[str, str]


@dataclass
class _Shared:
    client: DirectPoster | SocksPoster
    users: int = 0


_open: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[_Server, _Shared]] = WeakKeyDictionary()


def shared_client(url: str, key: str) -> DirectPoster | SocksPoster:
    """Return the running loop's client for ``url`` and ``key``; ProviderError for a key that no header can hold.

    On this machine no proxy of the environment is used, nor its certificates.
    """
    known = _open.setdefault(asyncio.get_running_loop(), {})
    if (url, key) not in known:
        known[url, key] = _Shared(_made(url, key))
    known[url, key].users += 1
    return known[url, key].client


def _made(url: str, key: str) -> DirectPoster | SocksPoster:
    trusted = not is_loopback(url)
    tls = _tls(trusted) if url.startswith("https:") else True
    headers = request_headers(url, key)
    if trusted and is_socks():
        return SocksPoster(headers, tls=_tls(trusted))
    return DirectPoster(headers, tls=tls, proxy=proxy_for(url) if trusted else Proxy())


def request_headers(url: str, key: str) -> dict[str, str]:
    """Return the headers of every request; OpenAI alone is sent those that its variables hold."""
    if not key.isprintable():
        told = "the API key holds a line break or another character that cannot be sent"
        raise ProviderError(told, kind="unauthorised", blame="us")
    own = {
        "Accept": "application/json",
        "Content-Type": "application/json",
        "Authorization": f"Bearer {key}",
        "User-Agent": "empa-graph",
    }
    return {**own, **_of_openai(os.environ)} if url == OPENAI_URL else own


def _of_openai(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that OpenAI's SDK takes from ``variables``."""
    organization = variables.get("OPENAI_ORG_ID") or variables.get("OPENAI_ORGANIZATION")
    named = {"OpenAI-Organization": organization, "OpenAI-Project": variables.get("OPENAI_PROJECT_ID")}
    lines = [line.partition(":") for line in variables.get("OPENAI_CUSTOM_HEADERS", "").split("\n")]
    custom = {name.strip(): value.strip() for name, colon, value in lines if colon and name.strip()}
    return {**{name: value for name, value in named.items() if value}, **custom}


@lru_cache(maxsize=2)
def _tls(trust_env: bool) -> ssl.SSLContext:
    """Return one context for all connections, since reading the certificates takes 20 ms."""
    import httpx2

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
