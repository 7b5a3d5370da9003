from __future__ import annotations

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import typer
from sqlalchemy import create_engine, text

from empa_graph.cli.display import console
from empa_graph.cli.stored import export_run, verify_run
from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.run.home import own_key
from empa_graph.store.folder import RunFolder, folder_url
from tests.records import run
from tests.store_parts import filled


def stored(folder: Path) -> str:
    folder.mkdir(exist_ok=True)
    with filled(folder_url(folder)) as store:
        return store.seal()


def printed(work: Callable[[], None]) -> tuple[int, str]:
    out = io.StringIO()
    code = 0
    with redirect_stdout(out), console.capture() as shown:
        try:
            work()
        except typer.Exit as end:
            code = end.exit_code
    return code, " ".join((out.getvalue() + shown.get()).split())


def test_an_export_lies_in_the_run_folder_and_is_counted(tmp_path: Path):
    stored(tmp_path / "a run?")
    code, said = printed(lambda: export_run(tmp_path / "a run?", format="csv"))
    assert (code, said[:11]) == (0, "1 episode i")
    assert len((tmp_path / "a run?" / "episodes.csv").read_text().splitlines()) == 2


def test_an_unknown_format_is_named_with_the_nearest(tmp_path: Path):
    stored(tmp_path)
    with pytest.raises(NotFoundError, match="Did you mean 'parquet'"):
        export_run(tmp_path, format="parket")


def test_a_sound_run_says_its_head_and_that_it_is_sealed(tmp_path: Path):
    head = stored(tmp_path)
    code, said = printed(lambda: verify_run(tmp_path, head=head))
    assert (code, said) == (0, f"8 links, 0 faults, sealed head {head}")


def test_an_edited_run_exits_with_1_and_names_the_row(tmp_path: Path):
    stored(tmp_path)
    engine = create_engine(folder_url(tmp_path))
    with engine.begin() as connection:
        connection.execute(text("UPDATE episodes SET composite = 99.0"))
    engine.dispose()
    code, said = printed(lambda: verify_run(tmp_path))
    assert (code, said[:36]) == (1, "edited: the closing of episode 0 8 l")
    code, said = printed(lambda: verify_run(tmp_path, as_json=True))
    assert json.loads(said)["faults"] == [{"kind": "edited", "what": "the closing of episode 0"}]


def test_a_head_of_another_run_exits_with_1(tmp_path: Path):
    stored(tmp_path)
    code, said = printed(lambda: verify_run(tmp_path, head="ab" * 32))
    assert code == 1 and "the given head is none of this chain" in said


def test_a_manifest_that_names_a_server_leads_there_only_if_it_was_made_here(tmp_path: Path):
    url = folder_url(tmp_path / "elsewhere")
    with RunFolder(tmp_path, run(store=url), url=url, key=own_key(make=True)):
        pass
    assert printed(lambda: verify_run(tmp_path))[0] == 0
    (tmp_path / "run.json.hmac").unlink()
    with pytest.raises(UsageError, match=r"was not made here, so nothing connects to it; .*: --store URL"):
        verify_run(tmp_path)
    assert printed(lambda: verify_run(tmp_path, url=url))[0] == 0


def test_a_folder_without_a_store_is_refused_in_one_line(tmp_path: Path):
    with pytest.raises(UsageError, match=r"no run here \(run\.json and run\.db are missing\)"):
        verify_run(tmp_path)
    (tmp_path / "run.json").write_text("{")
    with pytest.raises(ContentError, match="Invalid JSON"):
        verify_run(tmp_path)
    (tmp_path / "run.json").write_text(run().model_dump_json())
    with pytest.raises(UsageError, match=r"no run store here \(run\.db is missing"):
        verify_run(tmp_path)
