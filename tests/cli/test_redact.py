from __future__ import annotations

import json
from pathlib import Path

from empa_graph.store.folder import episodes, load_run
from tests.command import SCENARIO, empa
from tests.stub_server import stub_in_thread

SECRET = "ann.example@mail.example"


def played(folder: Path, *words: object) -> int:
    with stub_in_thread(f"Write to {SECRET} any time.") as stub:
        model = ("--empathic", "stub-model", "--base-url", stub.url, "--api-key", "sk-very-secret", "--max-turns", 2)
        code = empa("run", SCENARIO, *model, "--out", folder, *words).code
        if "--redact" in words:
            assert SECRET not in json.dumps(stub.requests)
        return code


def test_what_is_redacted_is_neither_kept_nor_sent_on(tmp_path: Path):
    assert played(tmp_path / "run", "--redact", "basic") == 0
    (episode,) = episodes(tmp_path / "run")
    assert [m.content for m in episode.messages if m.speaker == "empathic"] == ["Write to [email] any time."] * 2
    written = b"".join(file.read_bytes() for file in (tmp_path / "run").iterdir())
    assert SECRET.encode() not in written
    run = load_run(tmp_path / "run")
    assert (run.config.store.redaction, "redaction" in run.hashes) == ("basic", True)


def test_a_redacted_run_can_be_resumed_and_is_not_comparable_with_another(tmp_path: Path):
    played(tmp_path / "one", "--redact", "basic")
    played(tmp_path / "two")
    assert empa("resume", tmp_path / "one").code == 0
    done = empa("diff", tmp_path / "one", tmp_path / "two")
    assert (done.code, "redaction" in done.out) == (1, True)


def test_two_runs_of_two_agents_are_comparable(tmp_path: Path):
    played(tmp_path / "one")
    assert (
        empa("run", SCENARIO, "--empathic", "scripted:template", "--max-turns", 2, "--out", tmp_path / "two").code == 0
    )
    done = empa("diff", tmp_path / "one", tmp_path / "two", "--json")
    assert (done.code, json.loads(done.out)["comparable"]) == (0, True)


def test_unknown_rules_are_one_line_before_anything_is_asked(tmp_path: Path):
    with stub_in_thread() as stub:
        model = ("--empathic", "stub-model", "--base-url", stub.url)
        done = empa("run", SCENARIO, *model, "--redact", "basik", "--out", tmp_path / "run")
        assert (done.code, stub.count, done.err.count("\n")) == (2, 0, 1)
    assert "Did you mean 'basic'?" in done.err


def test_a_run_keeps_a_log_without_what_was_said_and_without_the_key(tmp_path: Path):
    played(tmp_path / "run")
    log = (tmp_path / "run" / "run.log").read_text()
    assert [json.loads(line)["event"] for line in log.splitlines()][:1] == ["session begins"]
    assert SECRET not in log and "sk-very-secret" not in log
