"""A secret that was given, or that came back, is found in no file of a run, in no export and in nothing printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import SCENARIO, Outcome, empa
from tests.stub_server import failed, said, stub_in_thread

SECRET = "pl4nted-s3cret-w0rd"
SCRIPTED = ("run", SCENARIO, "--empathic", "scripted:template", "--max-turns", 2)


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


def secretless(folder: Path, done: Outcome) -> bytes:
    """Return all that is kept and told of a run, and see that no piece of the secret is in it."""
    said = "".join(outcome.out + outcome.err for outcome in (done, *told(folder)))
    everything = said.encode() + written(folder)
    assert SECRET[:10].encode() not in everything
    return everything


@pytest.mark.filterwarnings("ignore:Query string argument")
def test_a_secret_option_of_a_store_is_kept_nowhere(tmp_path: Path):
    url = f"sqlite:///{tmp_path}/store.db?token={SECRET}&timeout=5"
    done = empa(*SCRIPTED, "--store", url, "--out", tmp_path / "run")
    said = [done, *told(tmp_path / "run")]
    assert [outcome.code for outcome in said] == [0] * len(said)
    assert SECRET not in "".join(outcome.out + outcome.err for outcome in said)
    assert SECRET.encode() not in written(tmp_path) and b"timeout=5" in written(tmp_path)


def test_a_key_that_a_server_repeats_is_kept_and_shown_nowhere(tmp_path: Path):
    replies = [said(f"Your key is {SECRET}.", model=f"m-{SECRET}"), said(f"Cut: {SECRET[:12]}", finish_reason=SECRET)]
    with stub_in_thread(*replies, failed(400, "x" * 250 + f" wrong key {SECRET * 9}")) as stub:
        model = ("--empathic", "stub-model", "--base-url", stub.url, "--api-key", SECRET)
        done = empa("run", SCENARIO, *model, "--max-turns", 3, "--out", tmp_path / "run")
    assert b"Your key is [key]." in secretless(tmp_path / "run", done)


@pytest.mark.parametrize("role", ["--judge", "--director", "--persona-voice"])
def test_a_key_that_a_model_in_another_seat_repeats_is_kept_nowhere(role: str, tmp_path: Path):
    words = ("--evaluator", "judge") if role == "--judge" else ()
    with stub_in_thread(f'{{"note": "{SECRET}"}} {SECRET}') as stub:
        model = (role, "openai:stub-model", "--judge-base-url", stub.url, "--judge-api-key", SECRET)
        done = empa(*SCRIPTED, *words, *model, "--out", tmp_path / "run")
        assert stub.count > 0
    secretless(tmp_path / "run", done)


@pytest.mark.parametrize("agent", ["leaking", "crashing", "refused", "leaking_graph"])
def test_a_key_that_an_agent_of_code_repeats_is_kept_nowhere(
    agent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    done = empa("run", SCENARIO, "--empathic", f"tests.agents:{agent}", "--max-turns", 2, "--out", tmp_path / "run")
    assert b"[key]" in secretless(tmp_path / "run", done)
