"""The connection between a driver and a worker: Ray starts the worker, and all that goes with a turn takes this way.

Rule: nothing is unpickled that comes from one who has not shown the secret; each secret is for one connection.
"""

from __future__ import annotations

import asyncio
import pickle
import secrets
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

SIZE = struct.Struct("!Q")
"""What goes before each message: its length in bytes."""
SECRET = 32
"""Bytes of a secret."""
SHOWN = 5.0
"""Seconds within which a secret is to be shown."""
REACHED = 20.0
"""Seconds within which a driver is to be reached."""


class Place(NamedTuple):
    """Where a driver listens for one worker, and the secret that it waits for."""

    host: str
    port: int
    secret: bytes


class Wire:
    """One end of a connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    def send(self, message: Any) -> None:
        """Send ``message``, which is lost where the other end is gone."""
        if self._writer.is_closing():
            return
        sent = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
        self._writer.write(SIZE.pack(len(sent)) + sent)

    async def receive(self) -> Any:
        """Wait for a message. Raises OSError or EOFError when the other end is gone."""
        (size,) = SIZE.unpack(await self._reader.readexactly(SIZE.size))
        return pickle.loads(await self._reader.readexactly(size))

    def close(self) -> None:
        """End the connection; twice is as good as once."""
        self._writer.close()


class Listener:
    """Where workers call in."""

    def __init__(self) -> None:
        self._at = "", 0
        self._expected: dict[bytes, asyncio.Future[Wire]] = {}

    def expect(self) -> tuple[Place, asyncio.Future[Wire]]:
        """Return a place for one worker to call, and its wire when it has."""
        secret, called = secrets.token_bytes(SECRET), asyncio.get_running_loop().create_future()
        self._expected[secret] = called
        called.add_done_callback(lambda _: self._expected.pop(secret, None))
        return Place(*self._at, secret), called

    @asynccontextmanager
    async def at(self, host: str) -> AsyncGenerator[Listener, None]:
        """Listen at ``host``, on a port that is free."""
        server = await asyncio.start_server(self._came, host, 0)
        self._at = host, server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()

    async def _came(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(SHOWN):
                shown = await reader.readexactly(SECRET)
        except (OSError, EOFError):
            shown = b""
        found = [called for secret, called in self._expected.items() if secrets.compare_digest(secret, shown)]
        if found and not found[0].done():
            found[0].set_result(Wire(reader, writer))
        else:
            writer.close()


async def call(place: Place) -> Wire:
    """Return the wire to the driver at ``place``. Raises OSError where it is out of reach."""
    async with asyncio.timeout(REACHED):
        reader, writer = await asyncio.open_connection(place.host, place.port)
    writer.write(place.secret)
    return Wire(reader, writer)
