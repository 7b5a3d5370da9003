"""Run folders of the user: with the key that seals them, and the database that was typed."""

from __future__ import annotations

import os
from pathlib import Path

from empa_graph.errors import ContentError
from empa_graph.store.access import open_store
from empa_graph.store.folder import DATABASE, load_run
from empa_graph.store.ledger import Store
from empa_graph.store.trust import user_key


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

    Raises UsageError, ContentError.
    """
    if store is not None and "://" not in str(run) and not (Path(run) / DATABASE).is_file():
        return open_store(store, run_id or load_run(Path(run)).id, writing=writing)
    return open_store(run, run_id, writing=writing, key=own_key())


def refuse_broken(path: Path, store: Store) -> None:
    """Raise ContentError where the rows of a run are not as they were written."""
    faults = store.verify().faults
    if faults:
        more = f" and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise ContentError(
            f"{path}: the store was changed since it was written, so the run cannot go on: {faults[0].kind}: "
            f"{faults[0].what}{more} (empa verify {path})"
        )
