"""A worker that Ray runs, as the driver reaches it."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from empa_graph.errors import UsageError
from empa_graph.models.config import ExecutionConfig
from empa_graph.models.episode import Episode
from empa_graph.run.cluster.messages import Reply, Request, Task, WorkerLostError
from empa_graph.run.cluster.start import ray, started
from empa_graph.run.cluster.wire import Listener, Wire
from empa_graph.run.cluster.worker import Worker
from empa_graph.run.cluster.workers import Hiring

READY = 120.0
"""Seconds that a worker may take to be ready."""
GRACE = 5.0
"""Seconds that is waited for what was cancelled or is to close."""
SPARE = 8
"""Calls to a worker at once, beside its episodes."""


@asynccontextmanager
async def cluster(execution: ExecutionConfig, order: Callable[[], str], most: int) -> AsyncGenerator[Hiring, None]:
    """Have Ray as ``execution`` says, and give what starts workers, each with an ``order``, for ``most`` episodes.

    Raises UsageError, MissingExtraError.
    """
    async with started(execution.ray_address, execution.workers, most) as count, Listener().at(_host()) as listener:
        share = -(-most // count)
        worker = ray().remote(num_cpus=1, max_restarts=0, max_concurrency=share + SPARE)(Worker)
        yield Hiring(lambda: RayActor(worker.remote(order()), listener), workers=count, share=share)


def _host() -> str:
    """Return the address of this machine as the workers of the cluster reach it; loopback for one of our own."""
    return str(ray().util.get_node_ip_address())


class RayActor:
    """A `Worker` that Ray runs somewhere; each method raises WorkerLostError when it is no more."""

    def __init__(self, handle: Any, listener: Listener) -> None:
        self._handle, self._listener = handle, listener
        self._wire: Wire | None = None

    async def ready(self) -> None:
        """Wait until it can play. Raises UsageError where it cannot."""
        place, called = self._listener.expect()
        try:
            async with asyncio.timeout(READY):
                found = await _result(self._handle.ready.remote(place))
                if found is not None:
                    raise found
                self._wire = await called
        except TimeoutError:
            raise UsageError(f"no worker was ready within {READY:g} seconds: is a processor free for it?") from None
        finally:
            called.cancel()

    async def play(self, task: Task) -> Episode:
        """Return the episode. Raises what stopped it; cancelled, it is cancelled there too."""
        found: Episode | Exception = pickle.loads(await _result(self._handle.played.remote(task)))
        if isinstance(found, Exception):
            raise found
        return found

    async def requests(self) -> Sequence[Request]:
        """Wait for what it asks."""
        assert self._wire is not None, "it is asked when it is ready"
        try:
            found: Sequence[Request] = await self._wire.receive()
        except (OSError, EOFError):
            raise WorkerLostError("its connection has ended") from None
        return found

    def take(self, replies: list[Reply]) -> None:
        """Send it answers."""
        assert self._wire is not None, "it has asked"
        self._wire.send(replies)

    async def end(self) -> None:
        """Let it close its chats, and end it whatever it does."""
        with suppress(Exception):
            async with asyncio.timeout(GRACE):
                await _result(self._handle.aclose.remote())
        ray().kill(self._handle)
        if self._wire is not None:
            self._wire.close()


async def _result(ref: Any) -> Any:
    """Return what ``ref`` stands for; cancelled, the call is cancelled and its end waited for."""
    from ray.exceptions import RayActorError, RayTaskError

    future = asyncio.wrap_future(ref.future())
    try:
        return await asyncio.shield(future)
    except RayActorError as error:
        raise WorkerLostError(" ".join(str(error).split())[:200]) from None
    except RayTaskError as error:
        raise error.cause from error
    except asyncio.CancelledError:
        ray().cancel(ref)
        await asyncio.wait([future], timeout=GRACE)
        if future.done() and not future.cancelled():
            future.exception()  # it is not missed
        raise
