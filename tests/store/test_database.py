from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.store.database import shown_url
from empa_graph.store.ledger import Store
from tests.forked import started
from tests.postgres import free_port
from tests.records import run
from tests.store_parts import filled, raw

SECRET = "pa55-w0rd"


def refusal(url: str) -> str:
    with pytest.raises(UsageError) as refused:
        Store.open(url)
    assert "\n" not in str(refused.value)
    assert refused.value.__cause__ is None
    return str(refused.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("run.db", "the store URL cannot be read; allowed are sqlite:///FILE"),
        ("mysql://me@here/runs", "unknown kind of store 'mysql'"),
        ("postgresql+psycopg2://me@here/runs", "unknown kind of store 'postgresql+psycopg2'"),
        ("sqlite://", "the store URL names no file"),
        ("sqlite:///:memory:", "the store URL names no file"),
        ("sqlite:////nowhere/at/all.db", "no run store here (the file is missing)"),
        (f"postgresql://me:{SECRET}@more@here/runs", "write one inside a password as %40"),
        (f"nonsense:{SECRET}@here", "the store URL cannot be read"),
        (f"postgresql://me:{SECRET}@here:port/runs", "the store URL cannot be read"),
    ],
)
def test_a_wrong_url_is_refused_in_one_line_without_its_password(url: str, said: str):
    line = refusal(url)
    assert said in line and SECRET not in line


def test_an_unreachable_server_is_named_without_the_password():
    line = refusal(f"postgresql+psycopg://me:{SECRET}@127.0.0.1:{free_port()}/runs?connect_timeout=2")
    assert line.startswith("postgresql+psycopg://me@127.0.0.1:") and "refused" in line
    assert SECRET not in line


def test_a_database_that_is_not_there_is_named(server: str):
    assert '"nowhere" does not exist' in refusal(server.replace("/postgres", "/nowhere"))


def test_what_is_public_of_a_url_has_no_secret():
    names = (
        "password",
        "sslpassword",
        "sslkey",
        "oauth_client_secret",
        "scram_client_key",
        "token",
        "Apikey",
        "signature",
    )
    query = "&".join(f"{name}={SECRET}" for name in names)
    url = f"postgresql://me:{SECRET}@here/runs?sslmode=require&{query}"
    assert shown_url(url) == "postgresql+psycopg://me@here/runs?sslmode=require"


def test_a_password_is_found_in_no_file_of_the_run(server: str, tmp_path: Path):
    url = server.replace("tester@", f"tester:{SECRET}@")
    with filled(url) as store:
        assert SECRET not in store.location + store.run.model_dump_json()
        with pytest.raises(UsageError) as refused:
            Store.create(url, run())
    assert SECRET not in str(refused.value)


def test_without_a_driver_the_command_that_installs_it_is_said():
    code = (
        "import sys, importlib.util as util\n"
        "find = util.find_spec\n"
        "util.find_spec = lambda name, package=None: None if name == 'psycopg' else find(name, package)\n"
        "from empa_graph.store.ledger import Store\n"
        "try: Store.open('postgresql://me@here/runs')\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = started(exec, code, {}).ended()
    assert done.out.startswith("MissingExtraError") and "empa-graph[postgres]" in done.out


@pytest.mark.parametrize(("version", "wrote"), [(2, "an older"), (4, "a newer")])
def test_another_version_of_the_layout_is_refused(url: str, version: int, wrote: str):
    filled(url).close()
    engine = raw(url)
    with engine.begin() as connection:
        connection.execute(text(f"UPDATE store_schema SET version = {version}"))
    engine.dispose()
    assert f"schema version {version}, this version reads 3; {wrote} empa-graph wrote it" in refusal(url)
    with pytest.raises(UsageError, match="schema version"):
        Store.create(url, run(id="another"))


def test_a_database_of_something_else_is_left_alone(url: str):
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE runs (mine integer)"))
    engine.dispose()
    assert "no run store here" in refusal(url)
    with pytest.raises(UsageError, match="other tables lie there"):
        Store.create(url, run())


def test_a_file_that_is_no_database_is_named(tmp_path: Path):
    (tmp_path / "run.db").write_text("not a database at all, only some words" * 50)
    assert "run.db: file is not a database" in refusal(f"sqlite:///{tmp_path}/run.db")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UsageError, match=r"file exists|not a directory"):
        Store.create(f"sqlite:///{tmp_path}/file/run.db", run())


def test_a_sqlite_store_waits_for_the_disk(tmp_path: Path):
    with filled(f"sqlite:///{tmp_path}/run.db") as store, store._base.engine.connect() as connection:
        found = [connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")]
        assert found == ["wal", 2]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_an_unknown_run_is_named_with_the_nearest(url: str):
    filled(url).close()
    with pytest.raises(NotFoundError, match="Did you mean '20260101-000000-agent'"):
        Store.open(url, "20260101-000000-agant")
