"""A saver of checkpoints that knows sync calls only, for a graph that is played in an event loop."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from functools import partial
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver, CheckpointTuple

from empa_graph.roles.empathic.threads import beside


async def awaitable(graph: Any) -> Any:
    """Return ``graph`` with a saver that can be awaited: its own, or that doing its work beside the loop."""
    saver = graph.checkpointer
    try:
        await saver.aget_tuple({"configurable": {"thread_id": "", "checkpoint_ns": ""}})
    except NotImplementedError:
        return graph.copy({"checkpointer": _Beside(saver)})
    return graph


class _Beside(BaseCheckpointSaver[Any]):
    def __init__(self, saver: Any) -> None:
        super().__init__(serde=saver.serde)
        self._saver = saver

    @property
    def config_specs(self) -> list[Any]:
        specs: list[Any] = self._saver.config_specs
        return specs

    def get_next_version(self, current: Any, channel: None) -> Any:
        return self._saver.get_next_version(current, channel)

    def get_tuple(self, config: Any) -> CheckpointTuple | None:
        found: CheckpointTuple | None = self._saver.get_tuple(config)
        return found

    def list(self, config: Any, **wanted: Any) -> Iterator[CheckpointTuple]:
        found: Iterator[CheckpointTuple] = self._saver.list(config, **wanted)
        return found

    def put(self, *written: Any) -> Any:
        return self._saver.put(*written)

    def put_writes(self, *written: Any) -> None:
        self._saver.put_writes(*written)

    def delete_thread(self, thread_id: str) -> None:
        self._saver.delete_thread(thread_id)

    async def aget_tuple(self, config: Any) -> CheckpointTuple | None:
        return await beside(partial(self.get_tuple, config))

    async def alist(self, config: Any, **wanted: Any) -> AsyncIterator[CheckpointTuple]:
        for found in await beside(lambda: [*self.list(config, **wanted)]):
            yield found

    async def aput(self, *written: Any) -> Any:
        return await beside(partial(self.put, *written))

    async def aput_writes(self, *written: Any) -> None:
        await beside(partial(self.put_writes, *written))

    async def adelete_thread(self, thread_id: str) -> None:
        await beside(partial(self.delete_thread, thread_id))
