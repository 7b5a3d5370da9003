from __future__ import annotations

from pathlib import Path

from empa_graph.content.library import load_rubric
from empa_graph.empa_import.case_persona import Built
from empa_graph.empa_import.cases import cases, stories
from empa_graph.empa_import.import_report import Skipped
from empa_graph.empa_import.source import copy_of
from tests.empa_import.files import CARD, LEVELS, SCRIPT, write_case, write_json


def found(folder: Path, official: frozenset[str] | None = None) -> dict[str, str]:
    """Return the cause by case, ``built`` for a persona."""
    copy = copy_of(folder)
    outcomes = cases(copy, stories(copy), official, load_rubric("epm"))
    return {
        outcome.persona.id if isinstance(outcome, Built) else outcome.name: "built"
        if isinstance(outcome, Built)
        else outcome.cause
        for outcome in outcomes
    }


def test_a_case_with_card_script_and_levels_is_built(tmp_path: Path):
    write_case(tmp_path)
    assert found(tmp_path) == {"script_007": "built"}


def test_a_case_without_levels_is_skipped_and_never_at_level_0(tmp_path: Path):
    write_case(tmp_path)
    (tmp_path / "iedr_7.json").unlink()
    assert found(tmp_path) == {"script_007": "no_iedr"}


def test_a_case_with_a_level_of_7_is_invalid_and_the_others_are_built(tmp_path: Path):
    write_case(tmp_path, 7)
    write_case(tmp_path, 8)
    write_json(tmp_path / "iedr_7.json", {"script_007": {**LEVELS, "C.1": 7}})
    assert found(tmp_path) == {"script_007": "invalid", "script_008": "built"}


def test_cards_without_a_script_and_scripts_without_a_card_are_found_and_skipped(tmp_path: Path):
    write_case(tmp_path, 7)
    (tmp_path / "scenarios" / "script_007.json").unlink()
    write_case(tmp_path, 8).unlink()
    assert found(tmp_path) == {"script_007": "no_script", "script_008": "no_card"}


def test_only_official_cases_become_scenarios(tmp_path: Path):
    for number in (7, 8):
        write_case(tmp_path, number)
    write_case(tmp_path, 9).unlink()
    official = frozenset({"script_007", "script_010"})
    assert found(tmp_path, official) == {
        "script_007": "built",
        "script_008": "not_official",
        "script_009": "not_official",
        "script_010": "no_card",
    }


def test_a_second_card_of_one_case_is_a_duplicate(tmp_path: Path):
    write_case(tmp_path)
    (tmp_path / "cases" / "script_7.md").write_text(CARD, encoding="utf-8")
    copy = copy_of(tmp_path)
    first, second = cases(copy, stories(copy), None, load_rubric("epm"))
    assert isinstance(first, Built)
    assert isinstance(second, Skipped)
    assert second.cause == "duplicate"


def test_a_case_told_twice_and_not_alike_is_invalid(tmp_path: Path):
    write_case(tmp_path)
    write_json(tmp_path / "scenarios" / "again.json", [SCRIPT])
    assert found(tmp_path) == {"script_007": "built"}
    write_json(tmp_path / "scenarios" / "other.json", [{**SCRIPT, "故事的结果": "她没有回去。"}])
    assert found(tmp_path) == {"script_007": "invalid"}


def test_names_like_paths_are_slugs_without_a_card(tmp_path: Path):
    write_case(tmp_path)
    write_json(tmp_path / "scenarios" / "odd.json", [{**SCRIPT, "剧本编号": "../../x"}])
    assert found(tmp_path) == {"script_007": "built", "case_x": "no_card"}


def test_files_that_cannot_be_read_are_faults_that_name_no_case(tmp_path: Path):
    write_case(tmp_path)
    (tmp_path / "scenarios" / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "iedr_bad.json").write_bytes(b"\xff")
    write_json(tmp_path / "scenarios" / "nameless.json", [{}])
    first, second, third = stories(copy_of(tmp_path)).faults
    assert "bad.json" in first
    assert "nameless.json: 0.剧本编号" in second
    assert "iedr_bad.json: not UTF-8" in third
