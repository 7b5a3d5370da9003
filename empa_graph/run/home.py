"""Run folders of the user: with the key that seals them, and the database that was typed."""

from __future__ import annotations

import os
from pathlib import Path

from empa_graph.errors import ContentError
from empa_graph.models.config import StoreConfig
from empa_graph.models.run import Run
from empa_graph.store.access import open_store
from empa_graph.store.folder import DATABASE, MANIFEST, load_run
from empa_graph.store.ledger import Store
from empa_graph.store.trust import user_key

OTHER_MANIFEST = (
    f"{MANIFEST} is not the manifest that the store holds: it was changed since the run was made, or belongs to "
    "another; put back the one that lay there"
)


def key_file() -> Path | None:
    """Return where the user's key lies: ``empa_graph/key`` in XDG_STATE_HOME, else in ``~/.local/state``."""
    try:
        named = Path(os.environ.get("XDG_STATE_HOME", ""))
        state = named if named.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:  # no home
        return None
    return state / "empa_graph" / "key"


def own_key(*, make: bool = False) -> bytes | None:
    """Return the key under which runs made here are sealed, made first if wanted; None where none can be had."""
    file = key_file()
    return None if file is None else user_key(file, make=make)


def opened(run: str | Path, run_id: str | None = None, *, store: str | None = None, writing: bool = False) -> Store:
    """Open the store of a run folder or store URL; for a folder without one of its own, the ``store`` that was typed.

    Raises UsageError, ContentError; that also where the folder's ``run.json`` is not the manifest that the store holds,
    so that no two commands tell of one run by different plans.
    """
    found = unchecked(run, run_id, store=store, writing=writing)
    try:
        if "://" not in str(run) and not same_manifest(Path(run), found):
            raise ContentError(f"{run}: {OTHER_MANIFEST}")
    except BaseException:
        found.close()
        raise
    return found


def unchecked(run: str | Path, run_id: str | None = None, *, store: str | None = None, writing: bool = False) -> Store:
    """Open a store as `opened` does, whatever stands in the folder's ``run.json``."""
    if store is not None and "://" not in str(run) and not (Path(run) / DATABASE).is_file():
        return open_store(store, run_id or load_run(Path(run)).id, writing=writing)
    return open_store(run, run_id, writing=writing, key=own_key())


def same_manifest(folder: Path, store: Store) -> bool:
    """Say whether the ``run.json`` of ``folder`` is the manifest that ``store`` holds; true where there is none.

    Where the store lies is no matter: it may have moved since.
    """
    file = folder / MANIFEST
    if not file.is_file():
        return True
    written = store.run.model_dump_json(indent=2).encode() + b"\n"
    return file.read_bytes() == written or _elsewhere(load_run(folder)) == _elsewhere(store.run)


def _elsewhere(run: Run) -> Run:
    """Return ``run`` without where its store lies."""
    return run.model_copy(update={"config": run.config.model_copy(update={"store": StoreConfig()})})


def refuse_broken(path: Path, store: Store) -> None:
    """Raise ContentError where the rows of a run are not as they were written."""
    faults = store.verify().faults
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise ContentError(
            f"{path}: the store was changed since it was written, so the run cannot go on: {faults[0].kind}: "
            f"{faults[0].what}{more} (empa verify {path})"
        )
