"""Waiting for asynchronous work from code that is not."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any


def finished(work: Any) -> Any:
    """Return what ``work`` gives, in a loop of its own: the caller's may be running, as in a notebook."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(work)
    found: list[Any] = []
    context = contextvars.copy_context()

    def play() -> None:
        try:
            found.extend((context.run(asyncio.run, work), None))
        except BaseException as error:  # noqa: BLE001  # raised again by the thread that waits
            found.extend((None, error))

    thread = threading.Thread(target=play, daemon=True)
    thread.start()
    thread.join()
    if found[1] is not None:
        raise found[1]
    return found[0]
