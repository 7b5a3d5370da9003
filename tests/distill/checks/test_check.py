from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.distill.checks import check as module
from empa_graph.distill.checks.check import check
from empa_graph.distill.checks.records import Checked
from empa_graph.distill.checks.report import checks_page, read_checks, write_checks
from empa_graph.errors import ContentError, UsageError
from tests.distill.checks.cards import EASY, cards


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sound card, and one whose text has a fault."""
    place = cards(tmp_path_factory.mktemp("distilled"), EASY, "exam_student/reduce_stress")
    file = place / "exam_student.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("age: 19", "age: nineteen"), encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def checked(folder: Path) -> Checked:
    return check(folder, matters={EASY: "family"})


def test_a_sound_card_is_kept_with_its_difficulty(checked: Checked):
    (kept,) = checked.kept
    skilled = kept.standings[0]
    assert (kept.id, kept.claim, kept.refused) == (EASY, "reaches", ())
    assert [one.agent for one in kept.standings] == ["skilled", "half", "generic", "lecturer", "dismissive"]
    assert (skilled.plays, skilled.reached) == (3, 3) and skilled.progress > 0.7
    assert kept.difficulty == pytest.approx(1 / skilled.pace) and kept.level == "easy"
    assert kept.disagreement > 0.2 and skilled.fit is not None and skilled.fit > 0.8


def test_a_card_with_a_fault_is_refused_and_named_and_the_others_go_on(checked: Checked):
    (refused,) = (one for one in checked.scenarios if not one.kept)
    assert (refused.id, refused.claim, refused.standings) == ("exam_student", None, ())
    assert {one.cause for one in refused.refused} == {"unsound"}
    assert any("demographics.age" in one.detail for one in refused.refused)


def test_the_coverage_is_that_of_what_is_kept(checked: Checked):
    assert checked.coverage is not None and checked.coverage.scenarios == 1
    cells = {(cell.aspect, cell.value) for cell in checked.coverage.cells if cell.scenarios}
    assert {("matter", "family"), ("difficulty", "easy")} <= cells


def test_the_same_seed_finds_the_same_and_nothing_known_is_played_again(folder: Path, checked: Checked):
    told = [one.model_copy(update={"disagreement": 0.5}) for one in checked.scenarios]
    again = check(folder, before=told)
    assert [one.disagreement for one in again.kept] == [0.5]
    assert [one.stands_on for one in again.scenarios] == [one.stands_on for one in checked.scenarios]


def test_another_seed_or_card_is_checked_anew(folder: Path, checked: Checked, tmp_path: Path):
    other = cards(tmp_path, EASY)
    file = other / "night_nurse.yaml"
    assert check(other, before=checked.scenarios).scenarios[0] == checked.kept[0]
    file.write_text(file.read_text(encoding="utf-8").replace("schema_version: 1", "schema_version: 7"))
    again = check(other, before=checked.scenarios)
    assert again.scenarios[0].stands_on != checked.kept[0].stands_on and again.coverage is None


def test_a_card_is_checked_anew_by_other_heads(folder: Path, checked: Checked, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(module, "heads_hashes", lambda name: {f"heads:{name}": "others"})
    again = check(folder / "night_nurse.yaml", before=checked.scenarios)
    assert again.scenarios[0].stands_on != checked.kept[0].stands_on


def test_a_card_without_good_replies_claims_less(tmp_path: Path):
    (found,) = check(cards(tmp_path, EASY, graded=False)).scenarios
    assert (found.claim, found.refused, found.difficulty, found.level) == ("opens", (), None, None)
    assert [one.agent for one in found.standings] == ["skilled", "generic", "lecturer", "dismissive"]
    assert "no good replies of their own" in checks_page(
        Checked(seed=0, rubric="sdt", scenarios=(found,), coverage=None)
    )


def test_a_line_without_its_good_reply_is_no_play(tmp_path: Path):
    place = cards(tmp_path, EASY)
    (tmp_path / "graded" / "night_nurse.jsonl").write_text("", encoding="utf-8")
    (found,) = check(place).scenarios
    (refusal,) = found.refused
    assert (refusal.cause, found.standings) == ("not_played", ()) and "no graded reply" in refusal.detail


def test_graded_replies_that_cannot_be_read_are_one_line(tmp_path: Path):
    place = cards(tmp_path, EASY)
    (tmp_path / "graded" / "night_nurse.jsonl").write_text("{", encoding="utf-8")
    with pytest.raises(ContentError, match=r"night_nurse\.jsonl:1"):
        check(place)


def test_a_folder_without_cards_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="no persona file"):
        check(tmp_path)


def test_what_was_found_is_written_and_read_again(checked: Checked, tmp_path: Path):
    write_checks(checked, tmp_path)
    assert read_checks(tmp_path) == checked
    (tmp_path / "scenarios").mkdir()
    assert read_checks(tmp_path / "scenarios") == checked
    page = (tmp_path / "checks.md").read_text(encoding="utf-8")
    assert "1 of 2 scenarios kept" in page and "| `unsound` | 1 |" in page and "## Coverage" in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checks.json", "checks.md", "scenarios"]


def test_a_file_that_is_no_check_is_one_line_and_none_is_none(tmp_path: Path):
    assert read_checks(tmp_path / "nothing") is None
    (tmp_path / "checks.json").write_text('{"seed": 0}', encoding="utf-8")
    with pytest.raises(ContentError, match="is no check of scenarios"):
        read_checks(tmp_path)


def test_text_that_two_cards_share_is_a_fault_of_the_later_one(tmp_path: Path):
    place = cards(tmp_path, EASY)
    twin = (place / "night_nurse.yaml").read_text(encoding="utf-8").replace('id: "night_nurse"', 'id: "twin"', 1)
    (place / "twin.yaml").write_text(twin, encoding="utf-8")
    found = check(place)
    assert [one.id for one in found.scenarios if not one.kept] == ["twin/call_home"]
    assert any("also stands in night_nurse.yaml" in one.detail for one in found.scenarios[1].refused)
