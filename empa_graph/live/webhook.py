"""Send a record to a URL as JSON: a few tries, no redirects, and what fails is said and not raised."""

from __future__ import annotations

import asyncio
import http.client
import ipaddress
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Awaitable, Callable, Mapping

from pydantic import JsonValue, TypeAdapter

from empa_graph.errors import UsageError
from empa_graph.llm.endpoint import shown

ATTEMPTS = 3
TIMEOUT = 5.0
"""Seconds for one try."""
FIRST_WAIT = 0.5
"""Seconds between the first try and the second; doubled after."""
_JSON = TypeAdapter[Mapping[str, JsonValue]](Mapping[str, JsonValue])


class Post:
    """Posts to one URL and to no other: a redirect counts as a failure. Raises UsageError for what is no such URL."""

    def __init__(self, url: str, *, pause: Callable[[float], Awaitable[object]] = asyncio.sleep) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            found = "a URL with a user or password" if "@" in url else f"'{shown(url)[:200]}' is no URL"
            raise UsageError(f"--post {found}; allowed are http://HOST/... and https://HOST/...")
        direct = [urllib.request.ProxyHandler({})] if _loopback(parts.hostname) else []
        self._opener = urllib.request.build_opener(_NoRedirect, *direct)
        self._url, self._pause = url, pause

    async def __call__(self, record: Mapping[str, JsonValue]) -> str | None:
        """Send ``record``; return what went wrong with the last try, None when it arrived."""
        body = _JSON.dump_json(record)
        fault: str | None = None
        for attempt in range(ATTEMPTS):
            if attempt:
                await self._pause(FIRST_WAIT * 2 ** (attempt - 1))
            fault = await asyncio.to_thread(self._sent, body)
            if fault is None:
                return None
        return fault

    def _sent(self, body: bytes) -> str | None:
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self._url, data=body, headers=headers, method="POST")
        try:
            self._opener.open(request, timeout=TIMEOUT).close()
        except urllib.error.HTTPError as error:
            error.close()
            return f"HTTP {error.code}"
        except http.client.HTTPException as error:
            return type(error).__name__  # its message may quote the URL, which may be a secret
        except OSError as error:
            return str(getattr(error, "reason", error))[:200] or type(error).__name__
        return None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """Follows nothing: the record goes where the user said."""

    def redirect_request(self, *_: object) -> None:
        """Return no further request."""
        return


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
