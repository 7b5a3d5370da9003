"""Where the store of a run lies: in its folder, at a URL, or on the server its manifest names if it was made here."""

from __future__ import annotations

from pathlib import Path

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.store.database import database, plain_errors
from empa_graph.store.folder import DATABASE, MANIFEST, folder_url, instead_of, load_manifest
from empa_graph.store.ledger import Store
from empa_graph.store.opening import names_in


def open_store(run: str | Path, run_id: str | None = None, *, writing: bool = False, key: bytes | None = None) -> Store:
    """Open the store of a run folder, or of a store URL; ``URL#RUN`` names one run of several.

    Raises UsageError, NotFoundError, ContentError. A server that a manifest names is connected to only where the
    manifest's seal holds under ``key``. The password of a server is not kept: libpq takes it from PGPASSWORD or
    ``~/.pgpass``.
    """
    if "://" in str(run):
        url, named = parted(str(run))
        return Store.open(url, run_id or named, writing=writing)
    folder = Path(run)
    if (folder / DATABASE).is_file():
        return Store.open(folder_url(folder), run_id, writing=writing)
    url, name = _named(folder, key)
    return Store.open(url, run_id or name, writing=writing)


def parted(place: str) -> tuple[str, str | None]:
    """Return a store URL, and the run that is named behind ``#``."""
    url, _, named = place.partition("#")
    return url, named or None


def run_names(url: str) -> tuple[str, ...]:
    """Return the ids of the runs in the database of ``url``, in the order they were made; of ``URL#RUN`` that one.

    Raises UsageError, NotFoundError.
    """
    url, named = parted(url)
    base = database(url)
    if base.file is not None and not base.file.is_file():
        raise UsageError(f"{base.location}: no run store here (the file is missing)")
    try:
        with plain_errors(base), base.engine.connect() as connection:
            names = names_in(connection, base.location)
    finally:
        base.engine.dispose()
    if named is not None and named not in names:
        raise NotFoundError("run", named, names, where=base.location)
    return names if named is None else (named,)


def _named(folder: Path, key: bytes | None) -> tuple[str, str]:
    """Return URL and run as the manifest of ``folder`` names them. Raises UsageError where it was not made here."""
    if not (folder / MANIFEST).is_file():
        raise UsageError(f"{folder}: no run here ({MANIFEST} and {DATABASE} are missing){instead_of(folder)}")
    run, made_here = load_manifest(folder, key)
    url = run.config.store.url
    if url is None:
        raise UsageError(f"{folder}: no run store here ({DATABASE} is missing)")
    if not made_here:
        raise UsageError(
            f"{folder}: its run.json names the store '{url[:200]}' and was not made here, so nothing connects to it; "
            "if you trust it, type its URL: --store URL (in Python: open_store(URL, run_id))"
        )
    return url, run.id
