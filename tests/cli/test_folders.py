"""Run folders of strangers: their manifests are data, and nothing they name is loaded or reached."""

from __future__ import annotations

import json
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from empa_graph.store.folder import folder_url
from tests.command import SCENARIO, empa
from tests.forked import empa_started
from tests.records import FIELDS
from tests.store_parts import raw
from tests.stub_server import stub_in_thread

READING = [
    ("show", "RUN"),
    ("show", "RUN", "1"),
    ("export", "RUN"),
    ("verify", "RUN"),
    ("replay", "RUN"),
    ("perturb", "RUN"),
    ("diff", "RUN", "RUN"),
    ("gate", "RUN", "RUN"),
    ("resume", "RUN"),
    ("run", SCENARIO, "--empathic", "scripted:template", "--out", "OUT", "--cache", "RUN"),
]
AGENT = """
from pathlib import Path
from typing import Any
Path("imported").touch()
def reply(messages):
    return "I hear you."
"""


def played(folder: Path, *words: object) -> Path:
    base = ("--empathic", "scripted:template", "--max-turns", 2, "--out", folder)
    assert empa("run", SCENARIO, *base, *words).code == 0
    return folder


def rewritten(folder: Path, **fields: object) -> Path:
    """Write other fields into the manifest, there and in the store, as a stranger can."""
    manifest = folder / "run.json"
    found = json.dumps(changed(json.loads(manifest.read_text()), fields))
    manifest.write_text(found)
    engine = raw(folder_url(folder))
    with engine.begin() as connection:
        connection.execute(text("UPDATE runs SET manifest = :manifest"), {"manifest": found})
    engine.dispose()
    return folder


def changed(manifest: dict[str, Any], fields: dict[str, object]) -> dict[str, Any]:
    for name, value in fields.items():
        part, dot, setting = FIELDS[name].partition(".")
        place, key = (manifest["config"][part], setting) if dot else (manifest["config"], part)
        place[key] = value
    return manifest


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        yield server


@pytest.mark.parametrize("words", READING, ids=lambda words: " ".join(words[:3]))
def test_no_command_connects_to_the_store_that_a_strange_manifest_names(
    tmp_path: Path, listening: socket.socket, words: tuple[str, ...]
):
    folder = played(tmp_path / "run")
    url = f"postgresql+psycopg://somebody@127.0.0.1:{listening.getsockname()[1]}/runs"
    rewritten(folder, store=url)
    (folder / "run.db").unlink()
    places = {"RUN": folder, "OUT": tmp_path / "out"}
    done = empa(*(places.get(word, word) for word in words))
    assert (done.code, done.err.count("\n"), f"'{url}'" in done.err or url in done.err) == (2, 1, True)
    assert "--store" in done.err
    with pytest.raises(BlockingIOError):
        listening.accept()


@pytest.mark.parametrize("words", READING[:-2], ids=lambda words: " ".join(words[:3]))
def test_a_store_that_is_typed_again_is_read(tmp_path: Path, words: tuple[str, ...]):
    url = folder_url(played(tmp_path / "first"))
    folder = rewritten(played(tmp_path / "run"), store=url)
    fields = json.loads((tmp_path / "first" / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(changed(fields, {"store": url})))
    (folder / "run.db").unlink()
    done = empa(*(folder if word == "RUN" else word for word in words), "--store", url)
    undecided = words[0] == "gate"  # of one scenario nothing can be said, which is told after it was read
    assert (done.code, done.err) == (4 if undecided else 0, "")


def test_no_key_is_sent_to_the_server_that_a_strange_manifest_names(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        model = ("--empathic", "stub-model", "--base-url", stub.url, "--max-turns", 2, "--repeats", 2)
        assert empa("run", SCENARIO, *model, "--max-run-tokens", 5, "--out", tmp_path / "run").code == 3
        (tmp_path / "run" / "run.json.hmac").unlink()
        asked = stub.count
        done = empa("resume", tmp_path / "run", "--api-key", "sk-of-the-user")
        assert (done.code, done.err.count("\n"), stub.count) == (2, 1, asked)
        command = shlex.split(done.err.partition("type that: empa ")[2])
        assert empa(*command, "--max-run-tokens", 100_000).code == 0 and stub.count > asked


@pytest.mark.parametrize("where", [".", "run", "run/inner"])
def test_code_that_a_strange_manifest_names_is_not_imported(tmp_path: Path, where: str):
    folder = rewritten(played(tmp_path / "run"), agent="evil:reply")
    (folder / "inner").mkdir()
    (tmp_path / where / "evil.py").write_text(AGENT)
    for typed in ((), ("--empathic", "evil:reply")) if where != "." else ((),):
        done = empa_started("resume", folder, *typed, cwd=tmp_path / where).ended()
        assert (done.code, done.err.count("\n"), list(tmp_path.rglob("imported"))) == (2, 1, [])


def test_an_agent_that_is_typed_again_is_imported_from_outside_the_run_folder_alone(tmp_path: Path):
    folder = tmp_path / "run"
    (tmp_path / "mine.py").write_text(AGENT)
    words = ("run", SCENARIO, "--empathic", "mine:reply", "--max-turns", 2, "--out", folder)
    assert empa_started(*words, cwd=tmp_path).ended().code == 0
    assert empa_started("resume", folder, cwd=tmp_path).ended().code == 0
    (folder / "run.json.hmac").unlink()
    assert "--empathic mine:reply" in empa_started("resume", folder, cwd=tmp_path).ended().err
    other = empa_started("resume", folder, "--empathic", "mine:another", cwd=tmp_path).ended()
    assert "--empathic is 'mine:another', and run" in other.err
    assert empa_started("resume", folder, "--empathic", "mine:reply", cwd=tmp_path).ended().code == 0


@pytest.mark.parametrize("spec", ["run.agent:reply", "run.inner.agent:reply"])
def test_an_agent_below_the_run_folder_is_refused_even_when_it_is_typed(tmp_path: Path, spec: str):
    folder = rewritten(played(tmp_path / "run"), agent=spec)
    for place in (folder, folder / "inner"):
        place.mkdir(exist_ok=True)
        (place / "agent.py").write_text(AGENT)
    for words in (("resume", folder), ("run", SCENARIO, "--out", folder)):
        done = empa_started(*words, "--empathic", spec, cwd=tmp_path).ended()
        assert (done.code, done.err.count("\n")) == (2, 1) and "lies below the run folder" in done.err
    assert not (tmp_path / "imported").exists()


@pytest.mark.parametrize("words", [("show", "."), ("show", "nobody"), ("export", ".", "--format", "parquet")])
def test_a_command_that_reads_imports_nothing_from_the_working_folder(tmp_path: Path, words: tuple[str, ...]):
    folder = played(tmp_path / "run")
    (folder / "evil.py").write_text(AGENT)
    (folder / "evil-1.dist-info").mkdir()
    (folder / "evil-1.dist-info" / "METADATA").write_text("Name: evil\nVersion: 1\n")
    (folder / "evil-1.dist-info" / "entry_points.txt").write_text("[empa_graph]\npersona.nobody = evil\n")
    empa_started(*words, cwd=folder).ended()
    assert not (folder / "imported").exists()


@pytest.mark.parametrize(
    ("fields", "option"),
    [
        ({"evaluator": "somebody_s"}, "--evaluator somebody_s"),
        ({"director": "somebody_s"}, "--director somebody_s"),
        ({"director": "openai:gpt-x"}, "--director openai:gpt-x"),
        ({"voice": "local:/a/model.gguf"}, "--persona-voice local:/a/model.gguf"),
        ({"judges": ["anthropic:a", "openai:b"]}, "--judge anthropic:a --judge openai:b"),
        ({"judge_base_url": "http://127.0.0.1:1/v1"}, "--judge-base-url http://127.0.0.1:1/v1"),
        ({"extra": ["empathic:evil:watch"]}, "--extra empathic:evil:watch"),
        ({"prices": "free; of charge.yaml"}, "--prices 'free; of charge.yaml'"),
    ],
)
def test_whatever_acts_is_named_with_its_option(tmp_path: Path, fields: dict[str, object], option: str):
    folder = rewritten(played(tmp_path / "run"), **fields)
    done = empa("resume", folder)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert done.err.endswith(f"type that: empa resume {folder} {option}\n")


def test_a_run_whose_rows_were_changed_does_not_go_on(tmp_path: Path):
    folder = played(tmp_path / "run")
    engine = raw(folder_url(folder))
    with engine.begin() as connection:
        connection.execute(text("UPDATE turns SET turn = 7 WHERE turn = 2"))
    engine.dispose()
    done = empa("resume", folder)
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "was changed since it was written" in done.err and f"(empa verify {folder})" in done.err


def test_where_no_key_can_be_kept_a_run_is_played_and_says_how_to_resume_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with stub_in_thread("I hear you.") as stub:
        model = ("--empathic", "stub-model", "--base-url", stub.url, "--max-turns", 1, "--out", tmp_path / "run")
        done = empa("run", SCENARIO, *model)
        assert (done.code, done.err.count("\n")) == (0, 1)
        assert empa(*shlex.split(done.err.partition("type: empa ")[2])).code == 0
    played(tmp_path / "other")
    assert empa("resume", tmp_path / "other").code == 0


@pytest.mark.parametrize(
    "words",
    [("show", "RUN"), ("gate", "RUN", "RUN"), ("report", "RUN"), ("audit", "RUN"), ("export", "RUN"), ("runs", "RUN")],
    ids=lambda words: words[0],
)
def test_an_edited_manifest_tells_nothing(tmp_path: Path, words: tuple[str, ...]):
    """A plan that was cut to what went well would pass a gate that the run does not."""
    folder = played(tmp_path / "run", "--repeats", 2)
    manifest = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(manifest | {"plan": manifest["plan"][:1]}))
    done = empa(*(folder if word == "RUN" else word for word in words))
    said = f"{folder}: run.json is not the manifest that the store holds"
    assert said in " ".join(f"{done.err} {done.out}".split()) and "1 planned" not in done.out
    assert done.code == (0 if words[0] == "runs" else 2)
    found = empa("verify", folder)
    assert (found.code, found.out.startswith("edited: run.json is not the manifest")) == (1, True)


def test_a_manifest_that_is_only_written_otherwise_is_the_same(tmp_path: Path):
    folder = played(tmp_path / "run")
    (folder / "run.json").write_text(json.dumps(json.loads((folder / "run.json").read_text())))
    assert (empa("show", folder).code, empa("verify", folder).code) == (0, 0)
