"""What went wrong with a model call, decided once, from any client's exception.

Rule: the API key never appears in a message.
"""

from __future__ import annotations

import email.utils
import json
import math
import re
import time
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urljoin

from empa_graph.errors import ProviderError, TransientError

RETRY_AFTER_CAP = 120.0
TEXT_CAP = 300
_REFUSED = ("content_filter", "content_policy_violation", "responsibleaipolicyviolation")
_OVERFLOW = (
    "exceed_context_size",
    "context_length_exceeded",
    "context window",
    "maximum context length",
    "prompt is too long",
)
_LOGIN = re.compile(r"(?<=://)[^\s/@]{1,300}@")
"""User and password in a URL, as errors of a proxy quote it."""
_NO_MONEY = ("insufficient_quota", "credit balance is too low")


class Call(NamedTuple):
    """The call that failed: the ``model`` asked, the ``url`` of its server, the ``secrets`` to hide."""

    model: str
    url: str
    secrets: tuple[str, ...] = ()


def fault(exc: BaseException, call: Call) -> ProviderError:
    """Return the error of the package that ``exc``, raised by ``call``, stands for."""
    if isinstance(exc, ProviderError):
        return exc
    if any(isinstance(cause, json.JSONDecodeError) for cause in _causes(exc)):
        return ProviderError(f"{call.url} did not answer with JSON ({one_line(str(exc), call)})", kind="bad_answer")
    status = _status(exc)
    return _connection_fault(exc, call) if status is None else _status_fault(exc, status, call)


def network_exceptions() -> tuple[type[Exception], ...]:
    """Return the exception classes of the openai client, its transports and the socket below them."""
    import aiohttp
    import httpx2
    import openai

    return (openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError, OSError)


def one_line(text: str, call: Call, *, cap: int = TEXT_CAP) -> str:
    """Return ``text`` on one line, without the secrets of ``call``, cut at ``cap`` characters."""
    for secret in filter(None, call.secrets):
        text = text.replace(secret, "[key]")
    text = _LOGIN.sub("[key]@", text)
    text = " ".join(text[: 4 * cap].split())
    text = "".join(c if c.isprintable() else "?" for c in text)
    return text if len(text) <= cap else text[: cap - 3] + "..."


def _status(exc: BaseException) -> int | None:
    status = getattr(exc, "status_code", None)
    if status is None:
        status = getattr(getattr(exc, "response", None), "status_code", None)
    return status if isinstance(status, int) else None


def _status_fault(exc: BaseException, status: int, call: Call) -> ProviderError:
    text = _moved(exc, call) if 300 <= status < 400 else one_line(_server_text(exc), call)
    at = f"{call.url} answered {status}"
    raw = f"{getattr(exc, 'code', '')} {getattr(exc, 'type', '')} {text}".lower()
    if status in (401, 403):
        return ProviderError(f"{at}: it does not accept the API key", kind="unauthorised")
    if status == 402 or any(mark in raw for mark in _NO_MONEY):
        return ProviderError(f"{at}: {text}", kind="quota")
    if status in (408, 429) or status >= 500:
        kind = {408: "timeout", 429: "rate_limited"}.get(status, "server_error")
        return TransientError(f"{at}: {text}", kind=kind, retry_after=_retry_after(exc))
    return _final_fault(status, raw, f"{at}: {text}", call)


def _final_fault(status: int, raw: str, told: str, call: Call) -> ProviderError:
    """Return the error for a request that would fail again."""
    if 300 <= status < 400:
        return ProviderError(told, kind="redirected")
    if any(mark in raw for mark in _REFUSED):
        return ProviderError(f"{told} (its filter stopped the prompt)", kind="refused")
    if any(mark in raw for mark in _OVERFLOW):
        return ProviderError(f"the prompt is too long for '{call.model}': {told}", kind="context_overflow")
    if status == 404:
        hint = f"model '{call.model}' not found, or the base URL lacks its path (often /v1)"
        return ProviderError(f"{hint}: {told}", kind="model_not_found")
    return ProviderError(told, kind="bad_request")


def _moved(exc: BaseException, call: Call) -> str:
    """Say where a redirect leads, without its query; it is not followed."""
    headers = getattr(getattr(exc, "response", None), "headers", None) or {}
    place = urljoin(call.url, str(headers.get("location") or "")).partition("?")[0].partition("#")[0]
    return f"it redirects to {one_line(place, call)}; give the base URL at which it answers"


def _server_text(exc: BaseException) -> str:
    body = getattr(exc, "body", None)
    if isinstance(body, Mapping):
        inner = body.get("error", body)
        message = inner.get("message") if isinstance(inner, Mapping) else inner
        return str(message if message is not None else body)
    return str(body or exc)


def _retry_after(exc: BaseException) -> float:
    headers = getattr(getattr(exc, "response", None), "headers", None)
    value = str(headers.get("retry-after") or "") if headers is not None else ""
    try:
        seconds = float(value)
    except ValueError:
        when = email.utils.parsedate_tz(value)
        seconds = email.utils.mktime_tz(when) - time.time() if when else 0.0
    return min(max(seconds, 0.0), RETRY_AFTER_CAP) if math.isfinite(seconds) else 0.0


def _connection_fault(exc: BaseException, call: Call) -> ProviderError:
    import aiohttp

    # httpx-aiohttp reports a dropped connection as a connect timeout: the aiohttp cause below it is right.
    chain = list(_causes(exc))
    names = {cls.__name__ for cause in chain for cls in type(cause).__mro__}
    dropped = (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, ConnectionResetError)
    unreachable = (aiohttp.ClientConnectorError, ConnectionRefusedError)
    if any(isinstance(cause, unreachable) for cause in chain):
        return TransientError(f"cannot reach {call.url} ({reason(exc)})", kind="unreachable")
    if any(isinstance(cause, dropped) for cause in chain):
        return TransientError(f"{call.url} dropped the connection", kind="dropped")
    if any("Timeout" in name for name in names):
        return TransientError(f"{call.url} did not answer '{call.model}' in time", kind="timeout")
    if any(isinstance(cause, OSError) for cause in chain) or any("Connect" in name for name in names):
        return TransientError(f"the connection to {call.url} failed ({reason(exc)})", kind="dropped")
    return ProviderError(f"{call.url}: {type(exc).__name__}: {one_line(str(exc), call)}")


def reason(exc: BaseException) -> str:
    """Return why a connection failed in a few words, such as "connection refused"."""
    for cause in reversed(list(_causes(exc))):
        if isinstance(cause, ConnectionRefusedError):
            return "connection refused"
        if "DNS" in type(cause).__name__ or "gaierror" in type(cause).__name__:
            return "unknown host"
        if "Certificate" in type(cause).__name__ or "SSL" in type(cause).__name__:
            return "its TLS certificate is not accepted"
        if isinstance(cause, TimeoutError):
            return "timed out"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
    return type(exc).__name__


def _causes(exc: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while exc is not None and id(exc) not in seen:
        seen.add(id(exc))
        yield exc
        os_error = getattr(exc, "os_error", None)
        exc = exc.__cause__ or exc.__context__ or (os_error if isinstance(os_error, BaseException) else None)
