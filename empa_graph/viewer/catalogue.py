"""The runs that the viewer was started for, by a key of their own: no request ever holds a path.

A folder is looked through for run folders, again when a list is asked for; of a database every run is shown.
"""

from __future__ import annotations

import hashlib
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.run.home import opened
from empa_graph.run.place import shown
from empa_graph.store.access import parted, run_names
from empa_graph.store.annotations import Annotations
from empa_graph.store.database import shown_url
from empa_graph.store.folder import DATABASE, MANIFEST
from empa_graph.store.ledger import Store

DEPTH = 4
"""Folders below a named one that are looked into."""
MOST_RUNS = 10_000
KEPT_OPEN = 32
"""Stores that are open at a time."""
FRESH = 1.0
"""Seconds for which a look through the folders holds."""


class Located(NamedTuple):
    """Where a run lies: a folder, or a run of a database."""

    key: str
    place: str
    """A folder, or a store's URL."""
    run: str | None
    """The name of the run in its database; None for that of a folder."""
    shown: str
    """The place as a person may see it, without secrets."""


class Catalogue:
    """The runs by key, with their stores; used by many threads."""

    def __init__(self, places: Sequence[str], *, store: str | None = None) -> None:
        """Take the ``places`` named at start, folders and store URLs, and the ``store`` of folders without one.

        Raises UsageError for a folder that is not there and a database that cannot be read.
        """
        for place in places:
            if "://" in place:
                run_names(place)
            elif not Path(place).is_dir():
                raise UsageError(f"{place}: no folder here")
        self._places, self._store = tuple(places), store
        self._guard = threading.RLock()
        self._found: dict[str, Located] = {}
        self._looked = float("-inf")
        self._open: OrderedDict[str, tuple[tuple[int, ...], Store]] = OrderedDict()

    @property
    def shown(self) -> list[str]:
        """The places as a person may see them."""
        return list(map(shown, self._places))

    def runs(self) -> list[Located]:
        """Return what lies there now."""
        with self._guard:
            if time.monotonic() - self._looked > FRESH:
                self._found = {one.key: one for place in self._places for one in _looked_through(place)}
                self._looked = time.monotonic()
            return list(self._found.values())

    def located(self, key: str) -> Located:
        """Return where the run of ``key`` lies. Raises NotFoundError."""
        found = self._found.get(key) or next((one for one in self.runs() if one.key == key), None)
        if found is None:
            raise NotFoundError("run", key, [one.shown for one in self._found.values()])
        return found

    def store(self, key: str) -> Store:
        """Return the open store of a run; it stays the catalogue's. Raises UsageError, ContentError."""
        located = self.located(key)
        mark = _mark(located)
        with self._guard:
            kept = self._open.get(key)
            if kept is not None and kept[0] == mark:
                self._open.move_to_end(key)
                return kept[1]
        store = opened(located.place, located.run, store=None if "://" in located.place else self._store)
        with self._guard:
            # Who still reads from a closed one goes on: its connections are theirs until they give them back.
            if key in self._open:
                self._open.pop(key)[1].close()
            self._open[key] = (mark, store)
            while len(self._open) > KEPT_OPEN:
                self._open.popitem(last=False)[1][1].close()
        return store

    def annotations(self, key: str) -> Annotations:
        """Return what people said of a run."""
        located = self.located(key)
        return Annotations.beside(located.place, self.store(key).run.id)

    def mark(self, located: Located) -> tuple[int, ...]:
        """Return what tells whether the files of a run have changed; empty for one on a server."""
        if "://" in located.place:
            return ()
        found: list[int] = []
        for name in (MANIFEST, DATABASE, f"{DATABASE}-wal"):
            with suppress(OSError):
                status = (Path(located.place) / name).stat()
                found += [status.st_ino, status.st_mtime_ns, status.st_size]
        return tuple(found)

    def close(self) -> None:
        """Close every store."""
        with self._guard:
            while self._open:
                self._open.popitem()[1][1].close()


def _looked_through(place: str) -> Iterator[Located]:
    if "://" in place:
        url, _ = parted(place)
        for name in run_names(place)[-MOST_RUNS:]:
            yield Located(_key(url, name), url, name, shown_url(url))
        return
    root = Path(place)
    for count, folder in enumerate(_run_folders(root)):
        if count == MOST_RUNS:
            return
        yield Located(_key(str(folder.absolute())), str(folder), None, str(folder))


def _run_folders(root: Path) -> Iterator[Path]:
    """Yield the run folders at and below ``root``; links to other folders are not followed."""
    for name, inner, files in os.walk(root):
        folder = Path(name)
        inner[:] = sorted(one for one in inner if not one.startswith("."))
        if MANIFEST in files or DATABASE in files:
            inner.clear()
            yield folder
        elif len(folder.relative_to(root).parts) >= DEPTH:
            inner.clear()


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()[:12]


def _mark(located: Located) -> tuple[int, ...]:
    """Return which file a store is, so that another one in its place is opened anew."""
    if "://" in located.place:
        return ()
    try:
        status = (Path(located.place) / DATABASE).stat()
    except OSError:
        return ()
    return status.st_dev, status.st_ino
