"""Where a stored run lies, as every command takes it: a run folder, a store's URL, or ``URL#RUN``."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from empa_graph.models.run import Run
from empa_graph.run.home import opened
from empa_graph.store.access import parted, run_names
from empa_graph.store.database import database, shown_url
from empa_graph.store.folder import DATABASE, MANIFEST, load_run, refuse_missing
from empa_graph.store.ledger import Store


def is_url(typed: str) -> bool:
    """Return whether what was typed names a database and no folder."""
    return "://" in typed


def shown(typed: str) -> str:
    """Return what was typed as people may see it, without the secrets of a URL. Raises UsageError for no store URL."""
    if not is_url(typed):
        return str(Path(typed))
    url, run = parted(typed)
    return shown_url(url) + (f"#{run}" if run else "")


@dataclass(frozen=True, slots=True)
class RunPlace:
    """A run as it was typed; as text it is fit to be shown, and its URL, which may hold a password, never is."""

    typed: str = field(repr=False)
    store: str | None = field(default=None, repr=False)
    """The database of a folder without one of its own."""

    @property
    def folder(self) -> Path | None:
        """The run folder; None for a run of a database."""
        return None if is_url(self.typed) else Path(self.typed)

    @property
    def path(self) -> Path:
        """The folder or the SQLite file, from which files that the run names are looked for; ``.`` for a server."""
        if self.folder is not None:
            return self.folder
        base = database(parted(self.typed)[0])
        base.engine.dispose()
        return base.file or Path()

    def __str__(self) -> str:
        """Return the folder, or the URL without secrets."""
        return shown(self.typed)

    def opened(self) -> Store:
        """Open its store. Raises UsageError, ContentError."""
        return opened(self.typed, store=self.store)

    def run(self) -> Run:
        """Return its manifest: of a folder that in ``run.json``. Raises UsageError, ContentError."""
        if self.folder is not None:
            return load_run(self.folder)
        with self.opened() as store:
            return store.run


def refuse_absent(places: Iterable[RunPlace]) -> None:
    """Raise UsageError where a place holds no run, with the nearest name, so that none is found out only later."""
    known = list(places)
    refuse_missing(*(place.folder for place in known if place.folder is not None))
    for place in known:
        if place.folder is None:
            run_names(place.typed)


def run_folder(typed: str) -> Path | None:
    """Return the run folder that was typed, also as the URL of its store; None for another database or file."""
    place = RunPlace(typed)
    if place.folder is not None:
        return place.folder
    file = place.path
    return file.parent if file.name == DATABASE and (file.parent / MANIFEST).is_file() else None
