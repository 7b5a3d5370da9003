"""A run is named by its folder or by its database, and every command says the same of it; no password is printed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from sqlalchemy import make_url

from empa_graph.run.place import RunPlace, run_folder, shown
from empa_graph.store.folder import folder_url
from tests import postgres
from tests.command import SCENARIO, empa

SECRET = "pl4nted-s3cret-w0rd"


class Kept(NamedTuple):
    """Two runs of one database: their folders, and what names them in it."""

    folders: tuple[Path, Path]
    typed: tuple[str, str]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    place = tmp_path_factory.mktemp("runs")
    if request.param == "sqlite":
        yield _played(f"sqlite:///{place}/study.db?token={SECRET}", place)
        return
    with postgres.server() as server:
        url = make_url(server).set(password=SECRET).render_as_string(hide_password=False)
        yield _played(url, place)


def _played(url: str, place: Path) -> Kept:
    folders = (place / "main", place / "branch")
    for folder, agent in zip(folders, ("expert", "template"), strict=True):
        words = ("--empathic", f"scripted:{agent}", "--max-turns", 3, "--store", url, "--out", folder)
        assert empa("run", SCENARIO, "night_nurse/call_home", *words).code == 0
    first, second = (f"{url}#{json.loads((folder / 'run.json').read_text())['id']}" for folder in folders)
    return Kept(folders, (first, second))


COMMANDS = [
    ("show", "A", "--json"),
    ("show", "A", 1, "--json"),
    ("compare", "one=A", "two=B", "--json"),
    ("gate", "A", "B", "--json"),
    ("diff", "A", "B", "--json"),
    ("replay", "A", "--json"),
    ("perturb", "A", "--limit", 1, "--json"),
    ("report", "A", "B", "--json"),
    ("audit", "A", "--json"),
    ("verify", "A", "--json"),
]


def _typed(words: tuple[object, ...], first: object, second: object) -> list[object]:
    runs = {"A": first, "B": second, "one=A": f"one={first}", "two=B": f"two={second}"}
    return [runs.get(word, word) if isinstance(word, str) else word for word in words]


@pytest.mark.filterwarnings("ignore:Query string argument")
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: str(words[0]))
def test_a_run_of_a_database_is_told_as_that_of_its_folder(kept: Kept, words: tuple[object, ...]):
    by_folder, by_url = empa(*_typed(words, *kept.folders)), empa(*_typed(words, *kept.typed))
    assert by_url.err == by_folder.err
    assert (by_url.code, SECRET in by_url.out) == (by_folder.code, False)
    named = dict(zip(map(shown, kept.typed), map(str, kept.folders), strict=True))
    # A run in a folder is called by it and its id is a fact beside it; one in a database is called by its id.
    called = {url.rpartition("#")[2]: folder.name for url, folder in zip(kept.typed, kept.folders, strict=True)}
    assert _renamed(json.loads(by_url.out), named | called) == _renamed(json.loads(by_folder.out), called)


def _renamed(found: object, names: dict[str, str]) -> object:
    if isinstance(found, dict):
        return {key: _renamed(value, names) for key, value in found.items()}
    if isinstance(found, list):
        return [_renamed(value, names) for value in found if not (isinstance(value, list) and value[:1] == ["run"])]
    return names.get(found, found) if isinstance(found, str) else found


@pytest.mark.filterwarnings("ignore:Query string argument")
def test_files_are_made_of_a_run_of_a_database(kept: Kept, tmp_path: Path):
    assert empa("export", kept.typed[0], "--out", tmp_path / "a.jsonl").code == 0
    assert empa("plot", "heatmap", *kept.typed, "--out", tmp_path / "a.svg").code == 0
    assert (tmp_path / "a.jsonl").stat().st_size and (tmp_path / "a.svg").stat().st_size


@pytest.mark.filterwarnings("ignore:Query string argument")
@pytest.mark.parametrize("words", [words for words in COMMANDS if words[0] != "audit"], ids=lambda words: str(words[0]))
def test_a_misspelt_run_of_a_database_is_one_line_with_the_nearest(kept: Kept, words: tuple[object, ...]):
    done = empa(*_typed(words, kept.typed[0][:-1] + "x", kept.typed[1]))
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert f"Did you mean '{kept.typed[0].partition('#')[2]}'?" in done.err
    assert SECRET not in done.out + done.err


@pytest.mark.filterwarnings("ignore:Query string argument")
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: str(words[0]))
def test_of_a_database_with_several_runs_one_is_asked_for(kept: Kept, words: tuple[object, ...]):
    url = kept.typed[0].partition("#")[0]
    done = empa(*_typed(words, url, kept.typed[1]))
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "2 runs lie here; name one behind the URL, as in URL#" in done.err and SECRET not in done.err


@pytest.mark.filterwarnings("ignore:Query string argument")
def test_no_password_is_printed(kept: Kept, tmp_path: Path):
    url = kept.typed[0].partition("#")[0]
    done = [
        empa("runs", url),
        empa("runs", url, "--json"),
        empa("compare", *kept.typed),
        empa("diff", *kept.typed),
        empa("gate", *kept.typed),
        empa("gate", *kept.typed, "--scenario", "nobody"),
        empa("show", kept.typed[0], 99),
        empa("compare", *kept.typed, "--variant", "baselin"),
        empa("compare", kept.typed[0], kept.typed[0]),
        empa("plot", "axes", kept.typed[0], "--metric", "nothing", "--out", tmp_path / "a.svg"),
        empa("verify", kept.typed[0], "--head", "ab" * 32),
    ]
    assert SECRET not in "".join(one.out + one.err for one in done)


@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: str(words[0]))
def test_a_misspelt_folder_is_one_line_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[object, ...]
):
    monkeypatch.chdir(tmp_path)
    for name in ("main", "branch"):
        (tmp_path / "runs" / name).mkdir(parents=True)
        (tmp_path / "runs" / name / "run.json").write_text("{}")
    done = empa(*_typed(words, "runs/brnch", "runs/main"))
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.endswith("; did you mean 'runs/branch'?\n"), done.err


def test_the_store_of_a_run_folder_stands_for_it(tmp_path: Path):
    (tmp_path / "run.json").write_text("{}")
    (tmp_path / "run.db").touch()
    assert run_folder(folder_url(tmp_path)) == tmp_path
    assert run_folder("sqlite:///study.db") is None and run_folder("runs/one") == Path("runs/one")
    assert SECRET not in repr(RunPlace(f"postgresql://me:{SECRET}@host/db", f"postgresql://me:{SECRET}@host/db"))
