"""Making and finding runs in a database."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.run import Run, read_run
from empa_graph.store.chain import ORIGIN, digest, link
from empa_graph.store.database import check_version, make_tables
from empa_graph.store.soundness import refuse_unsound
from empa_graph.store.tables import LOG, METADATA, RUNS


def make_run(connection: Connection, run: Run, place: str) -> int:
    """Write the manifest as link 0 of a new chain and return the run's key. Raises UsageError when it exists."""
    make_tables(connection, place)
    if connection.scalar(select(RUNS.c.id).where(RUNS.c.name == run.id)) is not None:
        raise UsageError(f"{place}: run '{run.id}' lies there already")
    row = {"name": run.id, "seq": 0, "manifest": run.model_dump_json()}
    made = connection.execute(insert(RUNS), row).inserted_primary_key
    key = int(made[0]) if made else 0
    first = link(ORIGIN, seq=0, kind="run", digest=digest("runs", row))
    connection.execute(insert(LOG), {"run": key, **first._asdict()})
    return key


def find_run(connection: Connection, name: str | None, place: str) -> tuple[int, Run]:
    """Return key and manifest of run ``name``, or of the only one there. Raises UsageError, ContentError."""
    check_version(connection, place)
    for table in METADATA.sorted_tables:
        refuse_unsound(connection, table, place)
    names = list(connection.scalars(select(RUNS.c.name).order_by(RUNS.c.id)))
    if name is None and len(names) != 1:
        listed = ", ".join(names[:12]) or "none"
        raise UsageError(f"{place}: {len(names)} runs lie here, say which ({listed})")
    wanted = names[0] if name is None else name
    if wanted not in names:
        raise NotFoundError("run", wanted, names, where=place)
    row = connection.execute(select(RUNS.c.id, RUNS.c.manifest).where(RUNS.c.name == wanted)).one()
    return row.id, read_run(row.manifest, f"{place}: run '{wanted}'")
