"""Where the store of a run lies: in its folder, on the server its manifest names, or at a URL."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote

from empa_graph.errors import ContentError, UsageError
from empa_graph.store.folder import DATABASE, MANIFEST
from empa_graph.store.ledger import Store

STORE_FIELD = "store"
"""The field of ``run.json`` that names a server's URL, without its password."""


def folder_url(folder: Path) -> str:
    """Return the URL of the SQLite store in a run folder."""
    return f"sqlite:///{quote(str(folder / DATABASE))}"


def open_store(run: str | Path, run_id: str | None = None, *, writing: bool = False) -> Store:
    """Open the store of a run folder or of a store URL. Raises UsageError, ContentError.

    The password of a server is not kept: libpq takes it from PGPASSWORD or ``~/.pgpass``.
    """
    if "://" in str(run):
        return Store.open(str(run), run_id, writing=writing)
    folder = Path(run)
    if (folder / DATABASE).is_file():
        return Store.open(folder_url(folder), run_id, writing=writing)
    url, name = _named(folder)
    return Store.open(url, run_id or name, writing=writing)


def _named(folder: Path) -> tuple[str, str | None]:
    """Return URL and run as the manifest of ``folder`` names them."""
    manifest = folder / MANIFEST
    if not manifest.is_file():
        raise UsageError(f"{folder}: no run here ({MANIFEST} and {DATABASE} are missing)")
    try:
        fields: Any = json.loads(manifest.read_bytes())
    except ValueError:
        raise ContentError(f"{manifest}: not valid JSON") from None
    url = fields.get(STORE_FIELD) if isinstance(fields, dict) else None
    if not isinstance(url, str):
        raise UsageError(f"{folder}: no run store here ({DATABASE} is missing)")
    name = fields.get("id")
    return url, name if isinstance(name, str) else None
