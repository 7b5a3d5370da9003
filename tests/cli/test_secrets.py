"""A secret that was given, or that came back, is found in no file of a run, in no export and in nothing printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import SCENARIO, Outcome, empa

SECRET = "pl4nted-s3cret-w0rd"
SCRIPTED = ("run", SCENARIO, "--empathic", "scripted:skilled", "--max-turns", 2)


def written(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def told(folder: Path) -> list[Outcome]:
    """Return what the commands print of a run, and export it in every format into its folder."""
    kept = [empa("show", folder), empa("show", folder, 1), empa("show", folder, 1, "--json"), empa("verify", folder)]
    for form in ("jsonl", "csv", "parquet", "inspect"):
        kept.append(empa("export", folder, "--format", form, "--out", folder / f"export-{form}"))
    return kept


@pytest.mark.parametrize("option", ["--base-url", "--judge-base-url"])
@pytest.mark.parametrize("url", ["http://127.0.0.1:9/v1?key={}", "http://me:{}@127.0.0.1:9/v1", "http://host/v1#{}"])
def test_a_url_with_a_secret_is_refused_even_where_nobody_is_asked_there(option: str, url: str, tmp_path: Path):
    done = empa(*SCRIPTED, option, url.format(SECRET), "--out", tmp_path / "run")
    assert (done.code, done.err.count("\n"), (tmp_path / "run").exists()) == (2, 1, False)
    assert SECRET not in done.out + done.err


def test_a_url_with_a_secret_in_the_environment_is_refused_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EMPA_BASE_URL", f"http://127.0.0.1:9/v1?key={SECRET}")
    done = empa(*SCRIPTED, "--out", tmp_path / "run")
    assert done.code == 2 and SECRET not in done.out + done.err


@pytest.mark.filterwarnings("ignore:Query string argument")
def test_a_secret_option_of_a_store_is_kept_nowhere(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/store.db?token={SECRET}&timeout=5"
    done = empa(*SCRIPTED, "--store", url, "--out", tmp_path / "run")
    said = [done, *told(tmp_path / "run")]
    assert [outcome.code for outcome in said] == [0] * len(said)
    assert SECRET not in "".join(outcome.out + outcome.err for outcome in said)
    assert SECRET.encode() not in written(tmp_path) and b"timeout=5" in written(tmp_path)
