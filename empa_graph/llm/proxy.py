"""The proxies that the environment names, which every HTTP client reads by itself: can they be used at all?"""

from __future__ import annotations

import importlib.util
from urllib.parse import urlsplit
from urllib.request import getproxies

from empa_graph.errors import MissingExtraError, UsageError

_KINDS = ("http", "https", "socks5", "socks5h")


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
