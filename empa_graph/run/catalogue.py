"""Every run under a folder or in a database, with what it came to; a broken one is named and stops nothing."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from empa_graph.errors import Error, NotFoundError, UsageError
from empa_graph.models.run import Run
from empa_graph.report.summary import Summary, summarise
from empa_graph.run.home import opened
from empa_graph.store.access import run_names
from empa_graph.store.folder import DATABASE, MANIFEST, load_run
from empa_graph.store.suspension import suspension

LARGEST_MANIFEST = 32 * 1024 * 1024
"""Bytes of a manifest that is read for a list."""


class Listed(NamedTuple):
    """A run: where it lies, its manifest, what it came to."""

    where: str
    run: Run
    summary: Summary
    suspended: str
    """That it was left before its end and how to go on, in a line; empty where it was not."""


class Broken(NamedTuple):
    """What looks like a run and cannot be read, and why."""

    where: str
    cause: str


def catalogue(
    root: str, *, wanted: Callable[[Run], bool] = lambda run: True, store: str | None = None
) -> Iterator[Listed | Broken]:
    """Yield the runs of the folder or store URL ``root`` that are ``wanted``, read one after another.

    Links to folders are not followed, and nothing is looked for inside a run folder. ``store`` is the database of
    folders whose run lies on a server. Raises UsageError where ``root`` is no folder, or the database cannot be read.
    """
    unread: list[Broken] = []
    for where, run, run_id in _places(root, unread):
        try:
            yield from _listed(where, run, run_id, wanted, store)
        except (Error, OSError, ValueError) as error:
            yield Broken(where, str(error))
    yield from unread


def _places(root: str, unread: list[Broken]) -> Iterator[tuple[str, str | Path, str | None]]:
    """Yield the name of each run, and what opens it; folders that cannot be looked into go to ``unread``."""
    if "://" in root:
        yield from ((name, root, name) for name in run_names(root))
        return
    folder = Path(root)
    if not folder.is_dir():
        beside = folder.parent if folder.parent.is_dir() else Path()
        shown = [one.name for one in beside.iterdir() if one.is_dir() and not one.name.startswith(".")]
        name, where = (folder.name, str(beside)) if beside == folder.parent else (root, "")
        raise NotFoundError("folder", name, shown, where="" if where == "." else where)

    def closed(error: OSError) -> None:
        unread.append(Broken(str(error.filename), (error.strerror or "error").lower()))

    for place, inner, files in os.walk(folder, onerror=closed):
        inner.sort()
        if MANIFEST in files or DATABASE in files:
            inner.clear()
            yield place, Path(place), None
        else:
            unread += [Broken(place, _is_folder(one)) for one in _in_the_way(Path(place), inner)]


def _in_the_way(place: Path, inner: Sequence[str]) -> list[Path]:
    """Return the folders that stand where a run has its files; a run that is called so is none."""
    named = [place / name for name in (MANIFEST, DATABASE) if name in inner]
    return [one for one in named if not any((one / name).is_file() for name in (MANIFEST, DATABASE))]


def _is_folder(file: Path) -> str:
    return f"{file}: is a folder and no file"


def _listed(
    where: str, place: str | Path, run_id: str | None, wanted: Callable[[Run], bool], store: str | None
) -> Iterator[Listed]:
    if isinstance(place, Path):
        _refuse_damaged(place)
    with opened(place, run_id, store=store) as ledger:
        if wanted(ledger.run):
            suspended = suspension(ledger, place)
            yield Listed(where, ledger.run, summarise(ledger.run, ledger.episodes()), suspended)


def _refuse_damaged(folder: Path) -> None:
    """Raise UsageError or ContentError for a manifest that is too large or none; beside a store it may be missing."""
    manifest = folder / MANIFEST
    if manifest.is_dir():
        raise UsageError(_is_folder(manifest))
    if not manifest.is_file():
        return
    if manifest.stat().st_size > LARGEST_MANIFEST:
        raise UsageError(f"{manifest}: {manifest.stat().st_size} bytes, allowed are {LARGEST_MANIFEST}")
    load_run(folder)
