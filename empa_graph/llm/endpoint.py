"""The URL of a model server: checked, shown without secrets, and looked at before a run."""

from __future__ import annotations

import difflib
import ipaddress
import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, ValidationError

from empa_graph.errors import UsageError
from empa_graph.llm.faults import reason
from empa_graph.llm.proxy import Proxy, proxy_for

if TYPE_CHECKING:
    import aiohttp

OPENAI_URL = "https://api.openai.com/v1"
_LIST_LIMIT = 4_000_000


class _Model(BaseModel):
    model_config = ConfigDict(extra="ignore")
    id: str


class _Models(BaseModel):
    model_config = ConfigDict(extra="ignore")
    data: list[_Model]


def checked_url(base_url: str) -> str:
    """Return ``base_url`` without its trailing slash; UsageError unless it is http(s) with a host and a path alone.

    What could hold a secret is refused and not repeated: the URL of a server is kept, printed and exported.
    """
    try:
        parts = urlsplit(base_url.strip())
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if "@" in base_url.partition("://")[2].partition("/")[0] or (not good and "@" in base_url):
        where = f" {parts.scheme}://{parts.hostname}{parts.path}" if good else ""
        raise UsageError(f"base URL{where}: give the key apart, not inside the URL")
    if not good:
        raise UsageError(f"'{shown(base_url)[:200]}' is no base URL: write it like http://127.0.0.1:8000/v1")
    if set("?#") & set(base_url):
        left_out = "a '?' and what follows" if "?" in base_url else "a '#' and what follows"
        raise UsageError(f"base URL {shown(base_url.strip())}: no place for {left_out}; a key is given apart")
    return base_url.strip().rstrip("/")


def shown(url: str) -> str:
    """Return ``url`` without user, password, query and fragment."""
    scheme, colon, rest = re.split(r"[?#]", url, maxsplit=1)[0].rpartition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{colon}{host.rpartition('@')[2]}{slash}{path}"


def is_loopback(url: str) -> bool:
    """Say whether ``url`` is on this machine, where no proxy is wanted."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def check_reachable(base_url: str, *, model: str | None = None, api_key: str | None = None) -> str | None:
    """Ask ``base_url``/models; return a hint if ``model`` is not listed, UsageError if nobody answers.

    Any answer counts as reachable, but 401 says that the ``api_key`` is refused where one was sent.
    """
    import aiohttp

    url = checked_url(base_url)
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    proxy = Proxy() if is_loopback(url) else proxy_for(url)
    try:
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10.0)) as session,
            session.get(
                f"{url}/models",
                headers=headers,
                proxy=proxy.url,
                proxy_auth=proxy.login,
                allow_redirects=False,
            ) as response,
        ):
            status = response.status
            body = await _start(response) if status == 200 else b""
    except (aiohttp.ClientError, OSError) as exc:
        raise UsageError(f"cannot reach {shown(url)} ({reason(exc)}); is the server up?") from exc
    if status == 401 and api_key:
        raise UsageError(f"{shown(url)} does not accept the API key (401)")
    return _hint(body, model, shown(url)) if model else None


async def _start(response: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for chunk in response.content.iter_chunked(65_536):
        body += chunk
        if len(body) > _LIST_LIMIT:
            break
    return bytes(body)


def _hint(body: bytes, model: str, url: str) -> str | None:
    try:
        ids = [entry.id for entry in _Models.model_validate_json(body).data]
    except ValidationError:
        return None
    if not ids or model in ids:
        return None
    near = difflib.get_close_matches(model, ids, n=1, cutoff=0.4)
    best = near[0] if near else ids[0]
    return f"{url} does not list a model '{model[:200]}'; the nearest it lists is '{best[:200]}'"
