from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from sqlalchemy import Connection, Table, delete, insert, select, update
from sqlalchemy.exc import NoResultFound
from sqlalchemy.types import Float, Integer, LargeBinary, TypeEngine

from empa_graph.store.chain import Verification, verification
from empa_graph.store.ledger import Store
from empa_graph.store.tables import CALLS, LINKED, RUNS, TURNS
from tests.store.conftest import new_database
from tests.store_parts import filled, raw, turn

TABLES = (RUNS, *LINKED.values())


@contextmanager
def tampering(url: str) -> Iterator[Connection]:
    """Give a connection past the store; what is done over it is undone at the end."""
    engine = raw(url)
    try:
        with engine.connect() as connection:
            yield connection
            connection.rollback()
    finally:
        engine.dispose()


def found(connection: Connection) -> set[str]:
    """Return the kinds of fault that a check finds; a run that cannot be found is one too."""
    try:
        key = connection.execute(select(RUNS.c.id).where(RUNS.c.name != "other")).scalar_one()
        return {fault.kind for fault in verification(connection, key, None).faults}
    except NoResultFound:
        return {"no run"}


def rows(connection: Connection, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in connection.execute(select(table)).mappings()]


def key(table: Table, row: dict[str, Any]) -> list[Any]:
    return [column == row[column.name] for column in table.primary_key.columns]


def other(value: Any, kind: TypeEngine[Any]) -> Any:
    """Return another value of the column's type."""
    if isinstance(kind, LargeBinary):
        return bytes([value[0] ^ 1, *value[1:]]) if value else b"x"
    if isinstance(kind, (Float, Integer)):
        return 77 if value is None else value + 1_000
    return f"{value or ''}x"


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def sealed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A run that is whole, in a database of each kind; what `tampering` does to it is undone."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('sealed')}/run.db"
    else:
        url = new_database(request.getfixturevalue("server"))
    with filled(url) as store:
        store.seal()
    return url


def test_an_untouched_run_has_no_fault(url: str):
    with filled(url) as store:
        head = store.seal()
        assert store.verify(head=head) == Verification(8, head, True, ())


def test_a_run_that_is_not_sealed_says_so(url: str):
    with filled(url) as store:
        assert store.verify().sealed is False
        store.seal()
        store.append([turn(1, 2)])
        found = store.verify()
        assert (found.links, found.sealed, found.faults) == (9, False, ())


@pytest.mark.slow
def test_a_change_of_any_single_cell_is_found(sealed: str):
    with tampering(sealed) as connection:
        cells = [(t, row, c) for t in TABLES for row in rows(connection, t) for c in t.columns]
        unseen = []
        for table, row, column in cells:
            connection.execute(
                update(table).where(*key(table, row)).values({column: other(row[column.name], column.type)})
            )
            if not found(connection):
                unseen.append(f"{table.name}.{column.name} of {row}")
            connection.rollback()
    assert len(cells) > 75 and unseen == []


def test_the_deletion_of_any_row_is_found(sealed: str):
    with tampering(sealed) as connection:
        for table, row in [(t, row) for t in TABLES for row in rows(connection, t)]:
            connection.execute(delete(table).where(*key(table, row)))
            assert found(connection) & {"dropped", "edited", "no run"}, (table.name, row)
            connection.rollback()


@pytest.mark.parametrize("table", LINKED.values(), ids=str)
@pytest.mark.parametrize("seq", [-5, 4, 1_000])
def test_an_inserted_row_is_found(sealed: str, table: Table, seq: int):
    with tampering(sealed) as connection:
        row = {**rows(connection, table)[0], "seq": seq}
        fresh = {name: 50 for name in ("number", "turn") if name in row}
        taken = select(table).where(table.c.run == row["run"], table.c.seq == seq)
        if connection.execute(taken).first() is not None:
            pytest.skip("the database itself refuses a second row of that number")
        connection.execute(insert(table).values({**row, **fresh}))
        assert found(connection)


def whats(sealed: str, change: Callable[[Connection], object]) -> list[tuple[str, str]]:
    with tampering(sealed) as connection:
        change(connection)
        return [tuple(fault) for fault in verification(connection, 1, None).faults]


def test_rows_that_changed_places_are_told_from_edited_ones(sealed: str):
    def turned(connection: Connection) -> None:
        for old, new in ((2, -1), (3, 2), (-1, 3)):
            connection.execute(update(TURNS).where(TURNS.c.seq == old).values(seq=new))
        connection.execute(update(CALLS).where(CALLS.c.seq == 6).values(cost=7))

    assert whats(sealed, turned) == [
        ("reordered", "turn 2 of episode 0"),
        ("reordered", "turn 1 of episode 0"),
        ("edited", "the call of link 6"),
    ]


def test_a_row_whose_hash_alone_was_edited_is_named_and_not_the_one_behind_it(sealed: str):
    edit = update(TURNS).where(TURNS.c.seq == 2).values(hash=b"x" * 32)
    assert whats(sealed, lambda c: c.execute(edit)) == [("edited", "turn 1 of episode 0")]


def test_an_edited_turn_is_named(sealed: str):
    edit = update(TURNS).where(TURNS.c.episode == 0, TURNS.c.turn == 2).values(record=b"[]")
    assert whats(sealed, lambda c: c.execute(edit)) == [("edited", "turn 2 of episode 0")]


def test_a_second_row_of_a_link_is_told_from_its_own(sealed: str):
    def added(connection: Connection) -> None:
        row = rows(connection, CALLS)[0]
        connection.execute(insert(CALLS).values({**row, "seq": 2}))

    assert whats(sealed, added) == [("added", "the call of link 2")]


def test_dropped_rows_are_named_by_the_one_before_them(sealed: str):
    assert whats(sealed, lambda c: c.execute(delete(CALLS).where(CALLS.c.seq == 1))) == [
        ("dropped", "link 1, behind the manifest of the run")
    ]
    assert whats(sealed, lambda c: c.execute(delete(TURNS).where(TURNS.c.episode == 0))) == [
        ("dropped", "links 2 to 3, behind the call of link 1")
    ]


def test_a_dropped_tail_is_seen_by_the_seal(sealed: str):
    def cut(connection: Connection) -> None:
        for table in LINKED.values():
            connection.execute(delete(table).where(table.c.seq >= 6))

    assert whats(sealed, cut) == [("dropped", "2 links at the end: 8 were sealed, 6 are there")]


def test_a_head_noted_elsewhere_shows_a_tail_dropped_with_its_seal(url: str):
    with filled(url) as store:
        early = store.verify().head
        store.append([turn(1, 2)])
        late = store.seal()
    with tampering(url) as connection:
        connection.execute(delete(TURNS).where(TURNS.c.seq == 8))
        connection.execute(update(RUNS).values(sealed_count=None, sealed_head=None))
        assert verification(connection, 1, early).faults == ()
        assert [fault.kind for fault in verification(connection, 1, late).faults] == ["head"]


@pytest.mark.slow
@pytest.mark.parametrize("sealed", ["sqlite"], indirect=True)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_other_text_in_any_text_cell_is_found(sealed: str, data: st.DataObject):
    with tampering(sealed) as connection:
        table = data.draw(st.sampled_from(TABLES))
        row = data.draw(st.sampled_from(rows(connection, table)))
        names = [column for column in table.columns if isinstance(row[column.name], str)]
        if not names:
            return
        column = data.draw(st.sampled_from(names))
        text = data.draw(st.text().filter(lambda value: value != row[column.name]))
        connection.execute(update(table).where(*key(table, row)).values({column: text}))
        assert found(connection)


def test_a_check_reads_one_state_while_the_run_is_written(url: str):
    with filled(url) as writer, Store.open(url) as reader:
        for at in range(2, 30):
            writer.append([turn(1, at)])
            assert reader.verify().faults == ()
