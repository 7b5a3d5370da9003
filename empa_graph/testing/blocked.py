"""Offline by force: while a guard is up, whatever reaches beyond this machine fails and is remembered.

Rule: an attempt that the agent catches and hides is still reported.
"""

from __future__ import annotations

import ipaddress
import sys
import threading
from types import TracebackType
from typing import Any

from empa_graph.errors import UsageError

_EVENTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg", "socket.getaddrinfo", "socket.gethostbyname"})
_UP: list[Guard] = []
_LOCK = threading.Lock()
_HOOKED = False


class OfflineError(RuntimeError):
    """Something tried to leave this machine; no OSError, so that no client takes it for a passing fault."""


class Guard:
    """Refuses connections and look-ups beyond loopback inside its ``with`` block, of the whole process."""

    def __init__(self, *, active: bool = True) -> None:
        self._active = active
        self.attempts: list[str] = []

    def __enter__(self) -> Guard:
        if self._active:
            _hook()
            with _LOCK:
                _UP.append(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with _LOCK:
            if self in _UP:
                _UP.remove(self)
        if kind is None:
            self.check()

    def check(self) -> None:
        """Raise UsageError for the attempts so far."""
        if self.attempts:
            found = ", ".join(dict.fromkeys(self.attempts))
            raise UsageError(f"--empa-offline: the agent tried to reach {found[:300]}; only loopback is allowed")


def _hook() -> None:
    """Listen to the interpreter once for all: an audit hook sees every socket and cannot be taken away."""
    global _HOOKED  # noqa: PLW0603  # a hook is for the life of the process
    with _LOCK:
        if not _HOOKED:
            sys.addaudithook(_watch)
            _HOOKED = True


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _UP or event not in _EVENTS:
        return
    target = arguments[0] if event.startswith("socket.get") else arguments[1]
    host = target[0] if isinstance(target, tuple) and target else target
    if event.startswith("socket.get") or isinstance(target, tuple):
        name = host.decode("utf-8", "replace") if isinstance(host, bytes) else str(host or "localhost")
        if not _is_loopback(name):
            for guard in tuple(_UP):
                guard.attempts.append(name)
            raise OfflineError(f"--empa-offline: '{name}' is beyond this machine")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
