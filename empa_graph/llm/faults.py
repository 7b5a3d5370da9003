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
from functools import lru_cache
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
_BY_WORDS = {
    "ratelimit": 429,
    "toomanyrequests": 429,
    "overloaded": 529,
    "temporarilyunavailable": 503,
    "serviceunavailable": 503,
    "internalservererror": 500,
    "badgateway": 502,
    "gatewaytimeout": 504,
}
"""Status by words in which services say that they cannot answer for now, in small letters and digits alone."""
_BY_NAME = {
    **_BY_WORDS,
    "resourceexhausted": 429,
    "server": 500,
    "internal": 500,
    "unavailable": 503,
    "timeout": 408,
    "auth": 401,
    "apikey": 401,
    "permission": 403,
    "insufficient": 402,
    "billing": 402,
    "payment": 402,
    "notfound": 404,
    "invalid": 400,
    "badrequest": 400,
}
"""Status by what may stand in an error's code or type."""
_UNREADABLE = frozenset(
    {"ContentEncodingError", "DecodingError", "TooManyRedirects", "UnsupportedProtocol", "InvalidURL"}
)
"""Errors of HTTP clients about an answer that came and leads nowhere."""


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
    if isinstance(exc, ValueError) and exc.args and isinstance(exc.args[0], Mapping):
        return error_in_answer(exc.args[0], call)  # so LangChain hands over an error that came with status 200
    status = _status(exc)
    return _connection_fault(exc, call) if status is None else _status_fault(exc, status, call)


def error_in_answer(error: object, call: Call) -> ProviderError:
    """Return what ``error``, sent in place of an answer with status 200, stands for: that of its own code or name."""
    inner = error if isinstance(error, Mapping) else {"message": error}
    named = " ".join(str(inner.get(name) or "") for name in ("code", "type", "status"))
    text = one_line(_text(inner), call)
    status = _code(inner.get("code")) or _named(named, _BY_NAME) or _named(text, _BY_WORDS)
    at = f"{call.url} answered 200 with the error {status}" if status else f"{call.url} answered without a completion"
    return _told_fault(_Told(status, f"{named} {text}".lower(), text, at), call)


@lru_cache(maxsize=1)
def network_exceptions() -> tuple[type[Exception], ...]:
    """Return the exception classes of the two HTTP clients and the socket below them."""
    import aiohttp
    import httpx2

    return (httpx2.HTTPError, aiohttp.ClientError, OSError)


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


class _Told(NamedTuple):
    """An error as a service told it: its ``status`` (0 for none), its codes and words for marks to be found in."""

    status: int
    raw: str
    text: str
    at: str
    retry_after: float = 0.0


def _status_fault(exc: BaseException, status: int, call: Call) -> ProviderError:
    text = _moved(exc, call) if 300 <= status < 400 else one_line(_server_text(exc), call)
    raw = f"{getattr(exc, 'code', '')} {getattr(exc, 'type', '')} {text}".lower()
    return _told_fault(_Told(status, raw, text, f"{call.url} answered {status}", _retry_after(exc)), call)


def _told_fault(told: _Told, call: Call) -> ProviderError:
    status, said = told.status, f"{told.at}: {told.text}"
    if status in (401, 403):
        return ProviderError(f"{told.at}: it does not accept the API key", kind="unauthorised")
    if status == 402 or any(mark in told.raw for mark in _NO_MONEY):
        return ProviderError(said, kind="quota")
    if status in (408, 429) or status >= 500:
        kind = {408: "timeout", 429: "rate_limited"}.get(status, "server_error")
        return TransientError(said, kind=kind, retry_after=told.retry_after)
    return _final_fault(status, told.raw, said, call)


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
    return ProviderError(told, kind="bad_request" if status else "bad_answer")


def _code(code: object) -> int:
    """Return the HTTP status that ``code`` is, 0 for none."""
    number = int(code) if isinstance(code, str) and code.isascii() and code.isdigit() and len(code) == 3 else code
    return number if type(number) is int and 400 <= number < 600 else 0


def _named(words: str, table: Mapping[str, int]) -> int:
    """Return the status of the first name of ``table`` that stands in ``words``, 0 for none."""
    plain = "".join(c for c in words.lower() if c.isalnum())
    return next((status for name, status in table.items() if name in plain), 0)


def _moved(exc: BaseException, call: Call) -> str:
    """Say where a redirect leads, without its query; it is not followed."""
    headers = getattr(getattr(exc, "response", None), "headers", None) or {}
    place = urljoin(call.url, str(headers.get("location") or "")).partition("?")[0].partition("#")[0]
    return f"it redirects to {one_line(place, call)}; give the base URL at which it answers"


def _server_text(exc: BaseException) -> str:
    body = getattr(exc, "body", None)
    return _text(body) if isinstance(body, Mapping) else str(body or exc)


def _text(body: Mapping[str, object]) -> str:
    inner = body.get("error", body)
    message = inner.get("message") if isinstance(inner, Mapping) else inner
    return str(message if message is not None else body)


def _retry_after(exc: BaseException) -> float:
    headers = getattr(getattr(exc, "response", None), "headers", None)
    value = str(headers.get("retry-after") or "") if headers is not None else ""
    try:
        seconds = float(value)
    except ValueError:
        seconds = _until(value)
    return min(max(seconds, 0.0), RETRY_AFTER_CAP) if math.isfinite(seconds) else 0.0


def _until(date: str) -> float:
    """Return the seconds until a ``date``; 0 for what is none, or one that no calendar has."""
    try:
        when = email.utils.parsedate_tz(date)
        return email.utils.mktime_tz(when) - time.time() if when else 0.0
    except (ValueError, OverflowError, LookupError, TypeError):
        return 0.0


def _connection_fault(exc: BaseException, call: Call) -> ProviderError:
    import aiohttp

    # httpx-aiohttp reports a dropped connection as a connect timeout: the aiohttp cause below it is right.
    chain = list(_causes(exc))
    names = {cls.__name__ for cause in chain for cls in type(cause).__mro__}
    dropped = (aiohttp.ServerDisconnectedError, aiohttp.ClientPayloadError, ConnectionResetError)
    for cause in chain:
        if type(cause).__name__ in _UNREADABLE:
            told = f"{type(cause).__name__}: {one_line(str(cause), call)}"
            return ProviderError(f"{call.url} gave an answer that leads nowhere ({told})", kind="bad_answer")
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
