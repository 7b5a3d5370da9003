"""Workers in this process, each with what Ray would do to it: what passes between is pickled, and one can be lost."""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import AsyncGenerator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from empa_graph.errors import SuspendedError
from empa_graph.llm import Limiters, MeteredChat, load_prices
from empa_graph.llm.chat import Chat
from empa_graph.models.config import ExecutionConfig, RunConfig
from empa_graph.models.episode import Episode
from empa_graph.run.cluster.executor import RayExecutor
from empa_graph.run.cluster.messages import Reply, Request, Task, WorkerLostError
from empa_graph.run.cluster.worker import Worker
from empa_graph.run.cluster.workers import Hiring
from empa_graph.run.config import Prepared, prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import Watch, run_async
from empa_graph.run.session import RunStore
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store

T = TypeVar("T")


def passed(thing: T) -> T:
    """Return ``thing`` as it comes out of another process."""
    copy: T = pickle.loads(pickle.dumps(thing))
    return copy


class LocalActor:
    """A worker that ends when it is told to, or in the place of handing over requests after ``lives`` times."""

    def __init__(self, order: str, *, lives: float = float("inf")) -> None:
        self._worker, self._lives = Worker(order), lives
        self._gone = asyncio.Event()

    async def ready(self) -> None:
        if (found := await self._alive(self._worker.ready())) is not None:
            raise passed(found)

    async def play(self, task: Task) -> Episode:
        found = passed(await self._alive(self._worker.play(passed(task))))
        if isinstance(found, Exception):
            raise found
        return found

    async def requests(self) -> Sequence[Request]:
        found = await self._alive(self._worker.requests())
        self._lives -= 1
        if self._lives < 0:
            self._gone.set()
            raise WorkerLostError("it was to be lost")
        # What is logged here would come back as what is to be logged.
        return passed([request for request in found if request.what != "log"])

    def take(self, replies: list[Reply]) -> None:
        if not self._gone.is_set():
            self._taking = asyncio.ensure_future(self._worker.take(passed(replies)))

    async def end(self) -> None:
        self._gone.set()
        await self._worker.aclose()

    async def _alive(self, work: Coroutine[Any, Any, T]) -> T:
        tasks = asyncio.ensure_future(work), asyncio.ensure_future(self._gone.wait())
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            if self._gone.is_set():
                raise WorkerLostError("it was to be lost")
            return tasks[0].result()
        finally:
            for task in tasks:
                task.cancel()


Start = Callable[[str], LocalActor]


@asynccontextmanager
async def played_by(
    folder: Path, made: Prepared, start: Start | None, *, workers: int = 2
) -> AsyncGenerator[Callable[..., Coroutine[Any, Any, SuspendedError | None]], None]:
    """Give what plays ``made`` into the store of ``folder``, made if need be, on workers that ``start`` starts.

    Without ``start`` it plays in one process.
    """
    there = (folder / "run.db").exists()
    with Store.open(folder_url(folder), writing=True) if there else Store.create(folder_url(folder), made.run) as store:
        kept = RunStore(store)
        meter = RunMeter(kept, limits=made.config.limits, totals=store.totals())
        limiters = Limiters(4 * made.config.execution.concurrency)

        def metered(chat: Chat, role: str) -> Chat:
            limiter = limiters.of(chat.endpoint)
            return MeteredChat(chat, role=role, meter=meter, limiter=limiter, prices=load_prices())

        @asynccontextmanager
        async def among(
            execution: ExecutionConfig, order: Callable[[], str], most: int
        ) -> AsyncGenerator[Hiring, None]:
            assert start is not None
            yield Hiring(lambda: start(order()), workers=workers, share=-(-most // workers))

        async def play(watch: Watch | None = None) -> SuspendedError | None:
            roles = made.roles(wrap=metered)
            if start is not None:
                roles = replace(roles, executor=RayExecutor(made, roles, meter, limiters, among=among))
            content = made.run, made.scenarios, roles, made.rubric
            execution = made.config.execution
            return await run_async(*content, execution=execution, turn_store=kept, meter=meter, watch=watch)

        try:
            yield play
        finally:
            await kept.aclose()


def small(**changes: object) -> Prepared:
    """Return three scenarios of a few turns, with ``changes`` of settings by their dotted names, ``__`` for the dot."""
    settings = {"suite.scenarios": ["exam_student"], "suite.max_turns": 3, "agent.spec": "scripted:template"}
    given = {name.replace("__", "."): value for name, value in changes.items()}
    return prepared(RunConfig().changed({**settings, **given}))[0]


def dumped(folder: Path) -> dict[int, str]:
    """Return the ended episodes of the run in ``folder``, as JSON."""
    with Store.open(folder_url(folder)) as store:
        return {number: episode.model_dump_json() for number, episode in store.numbered()}
