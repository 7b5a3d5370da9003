"""Making and finding runs in a database."""

from __future__ import annotations

from pydantic import ValidationError
from sqlalchemy import Connection, insert, select

from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.models.run import Run
from empa_graph.store.chain import ORIGIN, digest, link
from empa_graph.store.database import Database, check_version, make_tables
from empa_graph.store.records import first_fault
from empa_graph.store.soundness import refuse_unsound
from empa_graph.store.tables import METADATA, RUNS


def make_run(base: Database, run: Run) -> None:
    """Write the manifest as link 0 of a new chain. Raises UsageError when the run exists."""
    with base.engine.connect().execution_options(writes=True) as connection, connection.begin():
        make_tables(connection, base.location)
        if connection.scalar(select(RUNS.c.id).where(RUNS.c.name == run.id)) is not None:
            raise UsageError(f"{base.location}: run '{run.id}' lies there already")
        row = {"name": run.id, "manifest": run.model_dump_json()}
        connection.execute(insert(RUNS), {**row, "hash": link(ORIGIN, 0, digest("runs", row))})


def find_run(connection: Connection, name: str | None, location: str) -> tuple[int, Run]:
    """Return key and manifest of run ``name``, or of the only one there. Raises UsageError, ContentError."""
    check_version(connection, location)
    for table in METADATA.sorted_tables:
        refuse_unsound(connection, table, location)
    names = list(connection.scalars(select(RUNS.c.name).order_by(RUNS.c.id)))
    if name is None and len(names) != 1:
        listed = ", ".join(names[:12]) or "none"
        raise UsageError(f"{location}: {len(names)} runs lie here, say which ({listed})")
    wanted = names[0] if name is None else name
    if wanted not in names:
        raise NotFoundError("run", wanted, names, where=location)
    row = connection.execute(select(RUNS.c.id, RUNS.c.manifest).where(RUNS.c.name == wanted)).one()
    try:
        return row.id, Run.model_validate_json(row.manifest)
    except ValidationError as error:
        raise ContentError(f"{location}: run '{wanted}': {first_fault(error, whole='manifest')}") from None
