"""The proxies that the environment names, which every HTTP client reads by itself: can they be used at all?"""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from empa_graph.errors import MissingExtraError, UsageError

if TYPE_CHECKING:
    import aiohttp
    from yarl import URL

_KINDS = ("http", "https", "socks5", "socks5h")


class Proxy(NamedTuple):
    """A proxy of HTTP by its ``url``, with the ``login`` that stood in it; no ``url`` is no proxy."""

    url: URL | None = None
    login: aiohttp.BasicAuth | None = None


def check_proxies() -> None:
    """Raise UsageError in one line for a proxy that the HTTP clients would refuse; its URL may hold a password."""
    for name, kind in _proxies().items():
        if kind not in _KINDS:
            like = "http://127.0.0.1:8080 or socks5://127.0.0.1:1080"
            raise UsageError(f"{name} is no URL of a proxy: write it like {like}")
        if kind.startswith("socks") and importlib.util.find_spec("socksio") is None:
            raise MissingExtraError(
                f"{name} is a SOCKS proxy, which needs a package: pip install socksio (or unset it)"
            )


def is_socks() -> bool:
    """Say whether the environment names a SOCKS proxy."""
    return any(kind.startswith("socks") for kind in _proxies().values())


def proxy_for(url: str) -> Proxy:
    """Return the proxy that the environment names for ``url``, or none for a host that needs none."""
    import aiohttp
    from yarl import URL

    parts, named = urlsplit(url), getproxies()
    found = named.get(parts.scheme) or named.get("all")
    if not found or proxy_bypass(parts.netloc):
        return Proxy()
    whole = URL(found if "://" in found else f"http://{found}")
    login = aiohttp.BasicAuth(whole.user or "", whole.password or "") if whole.user or whole.password else None
    return Proxy(whole.with_user(None), login)


def _proxies() -> dict[str, str]:
    """Return the kind of each proxy by the variable that names it; "" for what is no URL."""
    named = {name: url for name, url in getproxies().items() if name in ("http", "https", "all") and url}
    return {f"{name.upper()}_PROXY": _kind(url if "://" in url else f"http://{url}") for name, url in named.items()}


def _kind(url: str) -> str:
    try:
        parts = urlsplit(url)
        return parts.scheme if parts.hostname and parts.port != 0 else ""
    except ValueError:
        return ""
