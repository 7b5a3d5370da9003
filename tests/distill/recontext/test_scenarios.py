from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.content.graded import graded_faults
from empa_graph.content.library import load_persona, persona_files
from empa_graph.content.one_bank import bank_faults
from empa_graph.content.validation import check_file, shared_text
from empa_graph.distill.recontext import scenarios
from empa_graph.distill.recontext.trace import NEAREST, installed_meaning, nearest, untraceable
from empa_graph.llm import ScriptedChat
from tests.distill.recontext.parts import RUBRIC, pairs

TALKS = pairs(24)


@pytest.fixture(autouse=True)
def by_words_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Meaning is compared in a test of its own: MiniLM takes a second for each conversation."""
    monkeypatch.setattr(scenarios, "installed_meaning", lambda: None)


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file with its content."""
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_most_conversations_become_cards_that_validate_together(tmp_path: Path):
    told: list[tuple[int, int]] = []
    counts = scenarios.write_scenarios(tmp_path, TALKS, seed=1, on_progress=lambda *at: told.append(at))
    files = persona_files(tmp_path / "scenarios")
    assert counts["made"] == len(files) >= 18
    assert sum(counts.values()) == len(TALKS)
    assert [fault for file in files for fault in check_file(file, RUBRIC)] == []
    assert shared_text(files) == bank_faults(files) == []
    assert told[0] == (0, 24) and told[-1] == (24, 24)


def test_the_bounds_of_tracing_hold_over_every_made_card(tmp_path: Path):
    scenarios.write_scenarios(tmp_path, TALKS, seed=2)
    sources = {source.id: source for source, _ in TALKS}
    records = [json.loads(line) for line in (tmp_path / "provenance.jsonl").read_text().splitlines()]
    made = [record for record in records if record["card"]]
    assert made
    for record in made:
        card = load_persona(tmp_path / "scenarios" / f"{record['card']}.yaml")
        assert untraceable(card, sources[record["key"]["conversation"]]) == ()


@pytest.mark.slow
def test_meaning_stays_apart_from_the_source_where_minilm_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    meaning = installed_meaning()
    if meaning is None:
        pytest.skip("MiniLM is not installed")
    monkeypatch.setattr(scenarios, "installed_meaning", lambda: meaning)
    counts = scenarios.write_scenarios(tmp_path, TALKS[:10], seed=2)
    files = persona_files(tmp_path / "scenarios")
    assert counts["made"] == len(files) >= 5
    said = {turn.text for source, _ in TALKS for turn in source.turns if turn.speaker == "persona"}
    assert max(nearest(load_persona(file), sorted(said), meaning) for file in files) <= NEAREST


def test_every_card_has_a_good_reply_to_each_of_its_lines(tmp_path: Path):
    scenarios.write_scenarios(tmp_path, TALKS[:6], seed=1)
    for file in persona_files(tmp_path / "scenarios"):
        faults = list(graded_faults(load_persona(file), tmp_path / "graded" / f"{file.stem}.jsonl"))
        assert [fault for fault in faults if "no reply" in fault or "none of" in fault or "changed" in fault] == []


@pytest.mark.parametrize("cut", [0, 1, 200, 2_000])
def test_a_folder_gone_on_with_after_a_kill_has_the_same_bytes(tmp_path: Path, cut: int):
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    scenarios.write_scenarios(whole, TALKS[:8], seed=1)
    scenarios.write_scenarios(killed, TALKS[:6], seed=1)
    file = killed / "provenance.jsonl"
    file.write_bytes(file.read_bytes()[: len(file.read_bytes()) - cut])
    (killed / "scenarios" / "half_written.yaml").write_text("id: half", encoding="utf-8")
    scenarios.write_scenarios(killed, TALKS[:8], seed=1)
    assert bytes_of(whole) == bytes_of(killed)


def test_another_profile_is_made_anew_and_a_touched_card_too(tmp_path: Path):
    scenarios.write_scenarios(tmp_path, TALKS[:4], seed=1)
    before = bytes_of(tmp_path)
    card = next((tmp_path / "scenarios").glob("*.yaml"))
    card.write_text(card.read_text() + "# touched\n", encoding="utf-8")
    scenarios.write_scenarios(tmp_path, TALKS[:4], seed=1)
    assert bytes_of(tmp_path) == before
    scenarios.write_scenarios(tmp_path, TALKS[:4], seed=2)
    assert bytes_of(tmp_path) != before


def test_provenance_and_ids_hold_no_text_of_the_source(tmp_path: Path):
    scenarios.write_scenarios(tmp_path, TALKS[:6], seed=1)
    words = (tmp_path / "provenance.jsonl").read_text()
    assert not any(turn.text in words for source, _ in TALKS for turn in source.turns)
    assert not any("__" in file.stem for file in (tmp_path / "scenarios").iterdir())


def test_a_model_that_fails_leaves_the_banks_words_and_is_counted(tmp_path: Path):
    chat = ScriptedChat("writer", ["no json"], cycle=True)
    counts = scenarios.write_scenarios(tmp_path, TALKS[8:11], seed=1, chat=chat)
    assert counts["unwritten:not_usable"] == 2 and counts["unwritten:crisis"] == 1
    assert counts["made"] == 3
