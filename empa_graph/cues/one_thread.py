"""Arithmetic on one thread each, however many compute at once: sums over more threads are put together differently.

The number of threads is one for the whole process. Whoever put it back while another still computed would change that
one's last digits, so the last to leave does.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any


class OneThread:
    """Keeps the libraries of arithmetic at one thread while anybody is inside; needs the extra `embeddings`."""

    def __init__(self) -> None:
        from threadpoolctl import ThreadpoolController

        self._libraries = ThreadpoolController()
        self._lock = Lock()
        self._inside = 0
        self._limited: Any = None

    @contextmanager
    def __call__(self) -> Iterator[None]:
        """Compute on one thread until the block is left."""
        with self._lock:
            if not self._inside:
                self._limited = self._libraries.limit(limits=1)
                self._let_go()
            self._inside += 1
        try:
            yield
        finally:
            with self._lock:
                self._inside -= 1
                if not self._inside:
                    self._limited.restore_original_limits()
                    self._let_go()

    def _let_go(self) -> None:
        """Let any thread set the number: threadpoolctl 3.8 leaves that to the first that did, and ignores others."""
        for library in self._libraries.lib_controllers:
            if hasattr(library, "clear_controlling_thread"):
                library.clear_controlling_thread()


@cache
def one_thread() -> OneThread:
    """Return the one of this process."""
    return OneThread()
