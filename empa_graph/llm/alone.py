"""One at a time: whoever comes with the same key waits for the one before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager


class Alone:
    """Let one block of each key run at a time; a key is forgotten when nobody holds it."""

    def __init__(self) -> None:
        self._under_way: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def __call__(self, key: str) -> AsyncGenerator[None, None]:
        """Wait for the turn of ``key`` and hold it."""
        lock, inside = self._under_way.get(key, (asyncio.Lock(), 0))
        self._under_way[key] = lock, inside + 1
        try:
            async with lock:
                yield
        finally:
            lock, inside = self._under_way.pop(key)
            if inside > 1:
                self._under_way[key] = lock, inside - 1
