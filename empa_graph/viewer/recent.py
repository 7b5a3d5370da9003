"""What was read of the runs before, kept for as long as nothing is added to them."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, TypeVar, cast

from empa_graph.errors import UsageError
from empa_graph.models.run import Run
from empa_graph.report.summary import Summary, summarise
from empa_graph.store.listing import Extent, Mean
from empa_graph.store.suspension import left_to_play
from empa_graph.viewer.catalogue import MOST_RUNS, Catalogue, Located

LARGEST = 2_000
"""Episodes of a run whose figures are made from its whole episodes; a larger one is listed, compared and replayed."""
MOST_KEPT = {"page": 4}
"""What is large, and so kept of few runs at a time."""
_T = TypeVar("_T")
Status = Literal["complete", "running", "suspended", "unreadable"]


class Facts(NamedTuple):
    """One run in the list of all."""

    key: str
    place: str
    run: Run | None
    """The manifest; None for a run that cannot be read."""
    status: Status
    extent: Extent
    summary: Summary | None
    """What it came to, where that is known already."""
    suspended: str = ""
    """What is left to play and how to go on; empty for a run of which nothing is, and for one that is running."""
    error: str = ""
    """Why it cannot be read."""

    @property
    def planned(self) -> int:
        """Episodes of the plan."""
        return len(self.run.plan) if self.run else 0


class _Kept(NamedTuple):
    """A value and the state of its run for which it holds."""

    mark: object
    value: object


class Recent:
    """The figures of the runs in a catalogue, by key; used by many threads."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Keep figures of the runs in ``catalogue``."""
        self.catalogue = catalogue
        self._guard = threading.Lock()
        self._busy: defaultdict[tuple[str, ...], threading.Lock] = defaultdict(threading.Lock)
        self._kept: defaultdict[str, OrderedDict[tuple[str, ...], _Kept]] = defaultdict(OrderedDict)

    def extent(self, key: str) -> Extent:
        """Return how far a run has come, asked of its store each time."""
        store = self.catalogue.store(key)
        past = self._known("extent", key)
        found = store.extent(cast("Extent", past.value) if past is not None and past.mark is store else None)
        self._keep("extent", (key,), _Kept(store, found))
        return found

    def facts(self, located: Located) -> Facts:
        """Return the line of a run in the list of all; of one that cannot be read, why."""
        mark = self.catalogue.mark(located)
        known = self._known("facts", located.key)
        found = cast("Facts", known.value) if known is not None and mark and known.mark == mark else None
        if found is None or found.status not in ("complete", "unreadable"):
            found = self._facts(located)
            self._keep("facts", (located.key,), _Kept(mark, found))
        summary = self._known("summary", located.key)
        if summary is None or summary.mark != (found.extent.links,):
            return found
        return found._replace(summary=cast("Summary", summary.value))

    def _facts(self, located: Located) -> Facts:
        try:
            store = self.catalogue.store(located.key)
            extent = self.extent(located.key)
            state = state_of(store.run, extent, located.place, writing=store.being_written())
        except UsageError as error:
            none = Extent(0, 0, 0, 0, 0)
            return Facts(located.key, located.shown, None, "unreadable", none, None, error=str(error))
        return Facts(located.key, located.shown, store.run, state.status, extent, None, state.suspended)

    def summary(self, key: str) -> Summary | None:
        """Return what a run came to; None where it is too large for that. Raises UsageError, ContentError."""
        if self.extent(key).episodes > LARGEST:
            return None
        store = self.catalogue.store(key)
        return self.whole("summary", [key], lambda: summarise(store.run, store.episodes()))

    def void(self, key: str) -> bool | None:
        """Say whether the run is scripted: its composite and support are void. None where nobody looked into that."""
        summary = self.summary(key)
        return None if summary is None else summary.script.scripted

    def choices(self, key: str) -> dict[str, dict[str, int]]:
        """Return the values that the episodes of a run can be filtered by."""
        return self.whole("choices", [key], self.catalogue.store(key).choices)

    def means(self, key: str) -> list[Mean]:
        """Return the mean composite of every scenario under every variant."""
        return self.whole("means", [key], self.catalogue.store(key).means)

    def whole(self, kind: str, keys: Sequence[str], made: Callable[[], _T]) -> _T:
        """Return what ``made`` gives for runs, made anew only when one has grown, by one thread at a time."""
        with self._guard:
            lock = self._busy[kind, *keys]
        with lock:
            mark = tuple(self.extent(key).links for key in keys)
            known = self._known(kind, *keys)
            if known is not None and known.mark == mark:
                return cast("_T", known.value)
            found = made()
            self._keep(kind, tuple(keys), _Kept(mark, found))
            return found

    def _known(self, kind: str, *keys: str) -> _Kept | None:
        with self._guard:
            return self._kept[kind].get(keys)

    def _keep(self, kind: str, keys: tuple[str, ...], value: _Kept) -> None:
        with self._guard:
            kept = self._kept[kind]
            kept[keys] = value
            kept.move_to_end(keys)
            while len(kept) > MOST_KEPT.get(kind, MOST_RUNS):
                kept.popitem(last=False)


class State(NamedTuple):
    """How a run stands, and of a suspended one what is left to play and how to go on."""

    status: Status
    suspended: str = ""


def state_of(run: Run, extent: Extent, place: str, *, writing: bool | None) -> State:
    """Return how a run stands; one of which nobody knows whether it is written counts as suspended.

    One that was recorded elsewhere is complete as it came.
    """
    left = len(run.plan) - extent.episodes
    if left > 0 and writing:
        return State("running")
    told = left_to_play(run, left, place, writing=False) if left > 0 else ""
    return State("suspended", told) if told else State("complete")
