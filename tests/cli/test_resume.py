from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from empa_graph.models.run import planned as plan
from empa_graph.store.folder import episodes, load_run
from empa_graph.store.ledger import Store
from tests.command import SCENARIO, empa, personas_with
from tests.forked import empa_started
from tests.stub_server import failed, stub_in_thread

PRICED = """\
prices:
  stub-model: {tokens_in: 1000.0, tokens_out: 1000.0, as_of: 2026-01-01, source: made up for a test}
"""


def begun(folder: Path, url: str, *words: object) -> int:
    model = ("--empathic", "stub-model", "--base-url", url, "--max-turns", 2, "--concurrency", 1, "--out", folder)
    return empa("run", SCENARIO, "--repeats", 3, *model, *words).code


def priced(tmp_path: Path) -> Path:
    file = tmp_path / "prices.yaml"
    file.write_text(PRICED)
    return file


def test_a_run_stops_at_its_limit_of_money_and_goes_on_with_a_higher_one(tmp_path: Path):
    folder = tmp_path / "run"
    with stub_in_thread("I hear you.") as stub:
        assert begun(folder, stub.url, "--prices", priced(tmp_path), "--max-cost", 0.03) == 3
        assert (stub.count, len(list(episodes(folder)))) == (3, 1)
        done = empa("resume", folder, "--max-cost", 100, "--json")
        assert (done.code, stub.count) == (0, 6)
    summary = json.loads(done.out.splitlines()[-1])
    assert summary["totals"]["cost"] == pytest.approx(0.06)
    assert len(list(episodes(folder))) == 3


def test_a_limit_of_money_needs_the_price_of_every_model(tmp_path: Path):
    with stub_in_thread() as stub:
        done = empa("run", SCENARIO, "--empathic", "stub-model", "--base-url", stub.url, "--max-cost", 1)
        assert (done.code, stub.count) == (2, 0)
    assert done.err == ("empa: --max-cost: the price of 'stub-model' is unknown; give it in a file with --prices\n")


def test_an_unknown_price_is_said_and_is_not_nothing(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        model = ("--empathic", "stub-model", "--base-url", stub.url, "--max-turns", 1, "--out", tmp_path / "run")
        assert "+ 1 call of unknown price" in empa("run", SCENARIO, *model).out


def test_a_finished_run_has_nothing_left_and_asks_nobody(tmp_path: Path):
    folder = tmp_path / "run"
    with stub_in_thread("I hear you.") as stub:
        assert begun(folder, stub.url) == 0
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    done = empa("resume", folder, "--json")
    assert (done.code, done.err) == (0, "empa: nothing was left to play; the run stays as it is\n")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert json.loads(done.out)["head"] == verified(folder)


def verified(folder: Path) -> str:
    """Return the head of a run's chain, which is sealed."""
    with Store.open(f"sqlite:///{folder / 'run.db'}") as store:
        found = store.verify()
    assert (found.faults, found.sealed) == ((), True)
    return str(found.head)


def test_a_run_that_was_killed_before_its_seal_is_sealed_when_it_is_resumed(tmp_path: Path):
    folder = tmp_path / "run"
    with stub_in_thread("I hear you.") as stub:
        assert begun(folder, stub.url) == 0
    with sqlite3.connect(folder / "run.db") as base:
        base.execute("UPDATE runs SET sealed_count = NULL, sealed_head = NULL")
    assert empa("resume", folder).code == 0
    assert verified(folder)


def test_a_run_without_a_network_is_played_from_the_answers_of_another(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        assert begun(tmp_path / "one", stub.url) == 0
        asked = stub.count
        assert begun(tmp_path / "two", stub.url, "--cache", tmp_path / "one", "--offline") == 0
        assert stub.count == asked
        assert begun(tmp_path / "three", stub.url, "--cache", tmp_path / "one", "--offline", "--seed", 9) == 1
    assert list(episodes(tmp_path / "one")) == list(episodes(tmp_path / "two"))
    assert {e.failure.kind for e in episodes(tmp_path / "three") if e.failure} == {"not_cached"}


def test_content_that_changed_since_is_refused(tmp_path: Path):
    personas = tmp_path / "personas"
    personas.mkdir()
    personas_with(personas, "name: Mina Rahimi", "name: Mina R")
    with stub_in_thread("I hear you.") as stub:
        words = ("--personas", personas, "--max-run-tokens", 10)
        assert begun(tmp_path / "run", stub.url, *words) == 3
    personas_with(personas, "name: Mina Rahimi", "name: Another")
    done = empa_started("resume", tmp_path / "run", cwd=tmp_path).ended()
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "persona:exam_student has changed since run" in done.err


def test_a_manifest_that_was_edited_is_refused(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        begun(tmp_path / "run", stub.url)
        manifest = tmp_path / "run" / "run.json"
        manifest.write_text(manifest.read_text().replace('"seed": 0', '"seed": 1', 1))
        assert "this run was not made here" in empa("resume", tmp_path / "run").err
        done = empa("resume", tmp_path / "run", "--empathic", "stub-model", "--base-url", stub.url)
    assert (done.code, "is not the manifest that the store holds" in done.err) == (2, True)


def test_a_share_of_failed_episodes_may_be_allowed(tmp_path: Path):
    with stub_in_thread("I hear you.", "I hear you.", failed(400, "no"), "I hear you.") as stub:
        assert begun(tmp_path / "run", stub.url, "--max-failed", 0.34) == 0
    with stub_in_thread("I hear you.", "I hear you.", failed(400, "no"), "I hear you.") as stub:
        assert begun(tmp_path / "other", stub.url, "--max-failed", 0.3) == 1


def test_a_dry_run_says_what_a_run_would_use_and_asks_nobody(tmp_path: Path):
    with stub_in_thread() as stub:
        words = ("--judge", "stub-model", "--evaluator", "judge", "--prices", priced(tmp_path), "--dry-run", "--json")
        assert begun(tmp_path / "run", stub.url, *words) == 0
        assert (stub.count, (tmp_path / "run").exists()) == (0, False)
        model = ("--empathic", "stub-model", "--base-url", stub.url, "--max-turns", 2, "--repeats", 3)
        found = json.loads(empa("run", SCENARIO, *model, *words).out)
    assert {role["role"]: role["calls"] for role in found["roles"]} == {"empathic": 6, "judge": 6}
    assert found["cost"] == pytest.approx((found["tokens_in"] + found["tokens_out"]) / 1000)
    assert any("at most" in line or "every episode runs" in line for line in found["assumptions"])


def test_a_dry_run_multiplies_its_repeats_and_plans_one_of_them(monkeypatch: pytest.MonkeyPatch):
    planned: list[int] = []

    def counted(*given: Any, repeats: int, **how: Any) -> Any:
        planned.append(repeats)
        return plan(*given, repeats=repeats, **how)

    monkeypatch.setattr("empa_graph.run.config.planned", counted)
    words = ("run", SCENARIO, "--empathic", "scripted:generic", "--judge", "openai:gpt-5-nano", "--evaluator", "judge")
    words += ("--max-turns", "2", "--dry-run")
    found = [json.loads(empa(*words, "--repeats", n, "--json").out) for n in (1, 1000)]
    assert set(planned) == {1}
    assert [each["calls"] for each in found] == [2, 2000]
    assert "for 1,000 episodes" in " ".join(empa(*words, "--repeats", 1000).out.split())


def test_repeats_have_a_ceiling_that_one_line_names():
    done = empa("run", SCENARIO, "--empathic", "scripted:generic", "--repeats", 3_000_000, "--dry-run")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("empa: invalid value for '--repeats'") and "1000" in done.err


def test_a_run_that_was_only_recorded_cannot_be_resumed(tmp_path: Path):
    with stub_in_thread("I hear you.") as stub:
        begun(tmp_path / "run", stub.url)
    folder = tmp_path / "copy"
    shutil.copytree(tmp_path / "run", folder)
    manifest = json.loads((folder / "run.json").read_text())
    (folder / "run.json").write_text(json.dumps(manifest | {"recorded": "elsewhere"}))
    done = empa("resume", folder, "--empathic", "stub-model", "--base-url", stub.url)
    assert (done.code, "nothing to resume" in done.err) == (2, True)
    assert load_run(tmp_path / "run").recorded is None


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (
            ("--on-judge-outage", "pauze"),
            "--on-judge-outage is 'pauze'; did you mean 'pause'?",
        ),
        (("--prices", "nowhere.yaml"), "nowhere.yaml: "),
        (("--cache", "nowhere"), "nowhere: no run here"),
        (("--store", "mysql://x"), "mysql"),
    ],
)
def test_wrong_words_are_one_line_before_anything_is_asked(tmp_path: Path, words: tuple[str, ...], line: str):
    with stub_in_thread() as stub:
        model = ("--empathic", "stub-model", "--base-url", stub.url, "--out", tmp_path / "run")
        done = empa("run", SCENARIO, *model, *words)
        assert (done.code, stub.count, done.err.count("\n")) == (2, 0, 1)
    assert line in done.err
    assert not (tmp_path / "run" / "run.json").exists()
