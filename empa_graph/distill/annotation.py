"""Stage 1: every kept conversation is marked, each outcome kept as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from empa_graph.distill.annotation_log import AnnotationLog
from empa_graph.distill.annotator import Annotator
from empa_graph.distill.folder import conversations
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.marks import Profile, profile
from empa_graph.distill.model_marks import Marked, failed
from empa_graph.distill.records import Conversation
from empa_graph.errors import RunError, UsageError
from empa_graph.models.latent import Space

BATCH = 16
"""Conversations that are taken up together."""
HOPELESS = 3
"""Conversations lost one after another, before any was marked, after which an annotator cannot be had."""


class Progress(NamedTuple):
    """How far an annotation is."""

    done: int
    """Conversations with an outcome, those of earlier calls included."""
    lost: int
    """Conversations that could not be asked about in this call; the next one asks again."""


class Annotation(NamedTuple):
    """What came of an annotation."""

    progress: Progress
    lost: dict[str, int]
    """By the kind of failure."""
    stopped: bool
    """Whether Ctrl-C ended it."""


def annotate(
    folder: Path, space: Space, by: Annotator, *, told: Callable[[Progress], object] = lambda progress: None
) -> Annotation:
    """Mark every conversation of ``folder`` that ``by`` has not marked yet; ``told`` hears of every batch.

    Raises ContentError for the folder, UsageError where it cannot be written or the annotator not be had.
    """
    with MarkStore(folder, space) as store, AnnotationLog(folder, by.asked) as log:
        log.mend(store)
        done = log.done()
        run = _Run(by, log, store, len(done))
        try:
            asyncio.run(run.all((one for one in conversations(folder) if one.id not in done), told))
        except KeyboardInterrupt:
            return Annotation(run.progress, run.lost, stopped=True)
        return Annotation(run.progress, run.lost, stopped=False)


class _Run:
    """One call of `annotate`: what it has done so far."""

    def __init__(self, by: Annotator, log: AnnotationLog, store: MarkStore, before: int) -> None:
        self.lost: dict[str, int] = {}
        self._by, self._log, self._store = by, log, store
        self._before, self._done = before, 0
        self._gate = asyncio.Semaphore(by.at_once)

    @property
    def progress(self) -> Progress:
        return Progress(self._before + self._done, sum(self.lost.values()))

    async def all(self, talks: Iterator[Conversation], told: Callable[[Progress], object]) -> None:
        while batch := list(islice(talks, BATCH)):
            if self._by.at_once == 1:
                self._keep([await self._by.marked(one) for one in batch])
                await asyncio.sleep(0)  # Ctrl-C is heard where something is waited for
            else:
                await asyncio.gather(*map(self._asked, batch))
            told(self.progress)

    async def _asked(self, one: Conversation) -> None:
        async with self._gate:
            try:
                self._keep([await self._by.marked(one)])
            except RunError as error:
                lost = failed(one, error)
                self.lost[lost.failure] = self.lost.get(lost.failure, 0) + 1
                if not self.progress.done and sum(self.lost.values()) >= HOPELESS:
                    raise UsageError(f"annotator '{self._by.name}': {error}") from None

    def _keep(self, found: Iterable[Marked]) -> None:
        outcomes = list(found)
        self._log.keep(outcomes, self._store)
        self._done += len(outcomes)


def profiles(folder: Path, space: Space) -> Iterator[tuple[Conversation, Profile]]:
    """Yield every conversation with what stands of its marks, where a start and an end stand on each dimension."""
    with MarkStore(folder, space) as store:
        for one in conversations(folder):
            try:
                yield one, profile(one, space, store.standing(one.id))
            except ValueError:
                continue
