"""Every column of every table holds what it should not: each command says so in one line, or gives a right answer."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest
from pydantic import JsonValue
from sqlalchemy import LargeBinary

from empa_graph.cli.gate_command import EXIT_QUALITY, EXIT_UNDECIDED
from empa_graph.store.packing import packed, unpacked
from empa_graph.store.tables import METADATA
from tests.command import SCENARIO, empa
from tests.fault_proxy import faults_in_thread

COMMANDS = {
    "verify": ("verify", "RUN"),
    "show": ("show", "RUN"),
    "show 1": ("show", "RUN", "1"),
    "jsonl": ("export", "RUN", "--out", "OUT"),
    "csv": ("export", "RUN", "--format", "csv", "--out", "OUT"),
    "inspect": ("export", "RUN", "--format", "inspect", "--out", "OUT"),
    "gate": ("gate", "RUN", "--policy", "POLICY"),
    "replay": ("replay", "RUN"),
    "diff": ("diff", "RUN", "RUN"),
    "perturb": ("perturb", "RUN", "--limit", "1"),
    "resume": ("resume", "RUN"),
}
VALUES = {
    "null": None,
    "word": "null",
    "list": "[3]",
    "object": '{"turn": "x"}',
    "deep": "[" * 100_000,
    "blob": b"\x00\xff",
    "infinite": float("inf"),
    "fraction": 0.5,
    "negative": -1,
    "large": 2**63 - 1,
    "long": "9" * 5_000,
}
COLUMNS = [(table.name, column.name) for table in METADATA.sorted_tables for column in table.columns]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run with rows in every table, none of which is held to a type."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    models = ("--empathic", "m", "--evaluator", "judge", "--judge", "m", "--max-turns", 2, "--repeats", 2)
    with faults_in_thread() as proxy:
        assert empa("run", SCENARIO, *models, "--base-url", proxy.url, "--out", folder).code == 0
    (folder.parent / "gate.yaml").write_text("rules: [{metric: composite, floor: 0, by: mean}]\n")
    with sqlite3.connect(folder / "run.db") as file:
        file.execute("PRAGMA foreign_keys = OFF")
        for table in METADATA.sorted_tables:
            columns = ", ".join(f'"{column.name}"' for column in table.columns)
            file.execute(f"CREATE TABLE loose ({columns})")
            file.execute(f"INSERT INTO loose SELECT {columns} FROM {table.name}")
            file.execute(f"DROP TABLE {table.name}")
            file.execute(f"ALTER TABLE loose RENAME TO {table.name}")
    file.close()
    return folder


def damaged(whole: Path, folder: Path, table: str, column: str, value: object) -> Path:
    """Copy the run, and put ``value`` into one row of it."""
    shutil.copytree(whole, folder)
    with sqlite3.connect(folder / "run.db") as file:
        changed = file.execute(f'UPDATE {table} SET "{column}" = ? WHERE rowid = 1', (value,)).rowcount
    file.close()
    assert changed == 1
    return folder


def told(whole: Path, folder: Path, name: str) -> tuple[int, str]:
    """Run a command and check that it ends as a command ends: a line on stderr for a refusal, and no traceback."""
    places = {"RUN": folder, "OUT": folder.with_name("out"), "POLICY": whole.parent / "gate.yaml"}
    done = empa(*(places.get(word, word) for word in COMMANDS[name]))
    folder.with_name("out").unlink(missing_ok=True)
    assert done.code in (0, 1, 2, EXIT_UNDECIDED, EXIT_QUALITY), done
    assert done.err.count("\n") <= 1 or done.code != 2, done
    return done.code, done.err


def test_the_whole_run_is_read_by_every_command(whole: Path, tmp_path: Path):
    shutil.copytree(whole, tmp_path / "run")
    over = {"resume": (0, "empa: nothing was left to play; the run stays as it is\n")}
    said = {name: told(whole, tmp_path / "run", name) for name in COMMANDS}
    assert said == dict.fromkeys(COMMANDS, (0, "")) | over


def is_mistyped(place: tuple[str, str], kind: str) -> bool:
    """Say whether a value of ``kind`` is none that the column may hold, by its type alone."""
    table, name = place
    column = METADATA.tables[table].c[name]
    if kind == "null":
        return not column.nullable
    return isinstance(column.type, LargeBinary) != (kind == "blob")


def check(whole: Path, folder: Path, place: tuple[str, str], kind: str, commands: Iterable[str]) -> None:
    table, column = place
    damaged(whole, folder, table, column, VALUES[kind])
    for name in commands:
        code, line = told(whole, folder, name)
        if is_mistyped(place, kind) and kind in ("null", "blob"):
            assert code == 2 and f"table {table}, row " in line and f"column {column} holds " in line


@pytest.mark.parametrize(("number", "place"), list(enumerate(COLUMNS)), ids=[".".join(place) for place in COLUMNS])
def test_a_column_that_holds_what_it_should_not_is_named_in_one_line(
    whole: Path, tmp_path: Path, number: int, place: tuple[str, str]
):
    for again, kind in enumerate(("blob", "word" if number % 2 else "null")):
        folder = tmp_path / kind / "run"
        check(whole, folder, place, kind, [list(COMMANDS)[(2 * number + again) % len(COMMANDS)]])


@pytest.mark.slow
@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize(("number", "place"), list(enumerate(COLUMNS)), ids=[".".join(place) for place in COLUMNS])
def test_no_value_in_any_column_ends_a_command_in_a_traceback(
    whole: Path, tmp_path: Path, number: int, place: tuple[str, str], kind: str
):
    begin = (number + list(VALUES).index(kind)) % 4
    check(whole, tmp_path / "run", place, kind, list(COMMANDS)[begin::4])


def parts(value: JsonValue, *, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the place of every value within ``value``."""
    yield at
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in inner:
        yield from parts(item, at=(*at, key))


def put(value: JsonValue, at: tuple[str | int, ...], new: JsonValue) -> JsonValue:
    if not at:
        return new
    copy = value.copy() if isinstance(value, dict | list) else value
    copy[at[0]] = put(copy[at[0]], at[1:], new)  # type: ignore[index,call-overload]
    return copy


PACKED = (("turns", "record"), ("episodes", "record"), ("calls", "record"), ("calls", "answer"))


def packed_cells(whole: Path) -> Iterator[tuple[str, str, JsonValue]]:
    """Yield table, column and JSON of each packed column, of the first rows."""
    with sqlite3.connect(whole / "run.db") as file:
        for table, column in PACKED:
            (data,) = file.execute(f"SELECT {column} FROM {table} WHERE rowid = 1").fetchone()
            yield table, column, json.loads(unpacked(data, ""))
    file.close()


NEW: list[JsonValue] = [None, "x", [], {}, -1, 1e308, [[[]]], [0.5, 0.5], "balanced"]


def check_packed(whole: Path, tmp_path: Path, step: int, commands: Sequence[str]) -> None:
    """Change every ``step``th place within what is packed, each to one of the new values in turn."""
    done = 0
    for table, column, fields in packed_cells(whole):
        for at in parts(fields):
            for new in NEW:
                done += 1
                if done % step:
                    continue
                folder = tmp_path / str(done) / "run"
                data = packed(json.dumps(put(fields, at, new)))
                damaged(whole, folder, table, column, data)
                told(whole, folder, commands[done // step % len(commands)])
                shutil.rmtree(folder.parent)
    assert done > 800


def test_no_value_within_a_packed_column_ends_a_command_in_a_traceback(whole: Path, tmp_path: Path):
    check_packed(whole, tmp_path, 97, [name for name in COMMANDS if name not in ("verify", "resume")])


@pytest.mark.slow
def test_none_of_many_values_within_a_packed_column_does(whole: Path, tmp_path: Path):
    check_packed(whole, tmp_path, 7, [name for name in COMMANDS if name not in ("verify", "resume")])
