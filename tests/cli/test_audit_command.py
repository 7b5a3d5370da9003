from __future__ import annotations

import hashlib
import json
import sqlite3
from pathlib import Path

import pytest

from empa_graph.content.library import content_hashes, load_rubric
from tests.command import SCENARIO, empa
from tests.report.audit_parts import CRISIS, in_danger, read
from tests.report.page_parts import hostile, walked

pytest.importorskip("jinja2")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("runs") / "one"
    words = ("run", SCENARIO, CRISIS, "--empathic", "scripted:expert", "--out", out, "--max-turns", "4")
    assert empa(*words).code == 0
    return out


def test_its_figures_are_those_that_show_report_and_verify_print(folder: Path):
    found = json.loads(empa("audit", folder, "--json").out)
    shown = json.loads(empa("show", folder, "--json").out)
    assert found["figures"] == json.loads(empa("report", folder, "--json").out)
    assert [entrant["summary"] for entrant in found["figures"]["entrants"]] == shown["variants"]
    verified = json.loads(empa("verify", folder, "--json").out)
    assert found["provenance"]["chain"] == verified | {"faults": []}


@pytest.mark.parametrize("form", ["html", "md", "json"])
def test_the_ending_of_the_file_is_its_format(folder: Path, tmp_path: Path, form: str):
    out = tmp_path / f"audit.{form}"
    done = empa("audit", folder, "--out", out, "--title", "Mine <b>")
    assert (done.code, done.err) == (0, "")
    assert "2 conversations, 1 with danger" in done.out.replace("\n", " ")
    begun = {"html": "<!doctype html>", "md": "# Mine &lt;b>: audit dossier".replace(">", "\\>"), "json": "{"}
    assert read(out).startswith(begun[form])
    assert empa("audit", folder, "--out", out).code == 2
    assert empa("audit", folder, "--out", out, "--force").code == 0


def test_a_run_of_few_turns_is_judged_by_the_bundled_rubric_all_the_same(folder: Path):
    found = json.loads(empa("audit", folder, "--json").out)
    assert found["grounding"]["same"] and len(found["grounding"]["items"]) == 21
    bundled = content_hashes((), load_rubric())["rubric:sdt"]
    assert found["grounding"]["measured"] == bundled.startswith(found["validity"]["digest"])


def test_the_turn_of_a_hand_off_is_that_of_the_stored_conversation(folder: Path):
    (case,) = json.loads(empa("audit", folder, "--json").out)["crisis"]["cases"]
    steps = json.loads(empa("show", folder, case["number"], "--json").out)["latent"]["steps"]
    offered = [step["turn"] for step in steps if step["assessment"] and step["assessment"]["handoff"]]
    assert case["handed_over"] == (offered[0] if offered else None)
    assert case["name"] == CRISIS and len(case["messages"]) == 2 * len(steps)


def test_saved_conversations_have_a_fingerprint_in_place_of_a_chain(tmp_path: Path):
    file, out = tmp_path / "judged.jsonl", tmp_path / "chats.html"
    held = (walked(conversation="one"), in_danger({"service": 4.0}, conversation="two"), hostile())
    file.write_text("".join(f"{one.model_dump_json()}\n" for one in held), encoding="utf-8")
    assert empa("audit", file, "--out", out).code == 0
    found = json.loads(empa("audit", file, "--json").out)
    assert found["provenance"]["chain"] is None
    assert found["provenance"]["file_digest"] == hashlib.sha256(file.read_bytes()).hexdigest()
    refused = empa("audit", file, "--head", "3f7a", "--force")
    assert (refused.code, len(refused.err.splitlines())) == (2, 1) and "--head" in refused.err


def test_rows_that_were_changed_are_told_in_the_dossier_and_by_the_exit_code(folder: Path, tmp_path: Path):
    edited = tmp_path / "edited"
    edited.mkdir()
    for file in folder.iterdir():
        (edited / file.name).write_bytes(file.read_bytes())
    (database,) = [file for file in edited.iterdir() if file.read_bytes()[:6] == b"SQLite"]
    with sqlite3.connect(database) as base:
        base.execute("UPDATE episodes SET composite = 99.0 WHERE number = 0 OR number = 1")
    done = empa("audit", edited, "--out", tmp_path / "a.md")
    assert done.code == 1 and "not as they were written" in done.err
    text = read(tmp_path / "a.md")
    assert "**Note.** The stored rows are not as they were written" in text
    assert "the stored composite is 99" in text


def test_a_head_of_another_run_is_a_fault_of_the_chain(folder: Path, tmp_path: Path):
    done = empa("audit", folder, "--head", "3f7a" * 16, "--out", tmp_path / "a.html")
    assert done.code == 1 and "head" in done.err
    assert "it is of another run" in read(tmp_path / "a.html")


def test_a_format_that_is_none_is_said_in_one_line(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(tmp_path)
    done = empa("audit", folder, "--out", "a.pdf")
    assert (done.code, done.err) == (2, "empa: --out: 'a.pdf' is no .html, .md or .json file\n")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_named(tmp_path: Path):
    done = empa("audit", tmp_path / "nowhere")
    assert done.code == 2 and "nowhere" in done.err
