from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.content.library import content_folder, load_rubric
from empa_graph.errors import UsageError
from empa_graph.testing import CheckError, check_persona, check_rubric


def card(folder: Path, old: str = "", new: str = "", more: str = "") -> Path:
    text = (content_folder("personas") / "farm_heir.yaml").read_text(encoding="utf-8")
    assert old in text
    path = folder / "farm_heir.yaml"
    path.write_text(text.replace(old, new) + more + "\n", encoding="utf-8")
    return path


def test_the_bundled_personas_and_rubrics_pass():
    check_persona(content_folder("personas"))
    check_rubric("sdt")


def test_every_fault_of_a_card_is_said_with_file_and_line(tmp_path: Path):
    path = card(tmp_path, "age: 26", "age: young", "height: tall")
    with pytest.raises(CheckError) as caught:
        check_persona(path)
    assert len(caught.value.faults) == 2
    assert all(fault.startswith(f"{path}:") for fault in caught.value.faults)
    assert "height" in str(caught.value) and "2 to mend" in str(caught.value)


def test_cards_of_a_folder_may_not_share_their_words(tmp_path: Path):
    text = card(tmp_path).read_text(encoding="utf-8")
    (tmp_path / "farm_twin.yaml").write_text(text.replace("id: farm_heir", "id: farm_twin", 1), encoding="utf-8")
    with pytest.raises(CheckError, match="also stands in"):
        check_persona(tmp_path)


def test_a_folder_without_cards_is_a_fault(tmp_path: Path):
    with pytest.raises(CheckError, match="no persona file"):
        check_persona(tmp_path)


def test_a_rubric_that_cannot_be_loaded_is_a_fault():
    with pytest.raises(CheckError, match="unknown rubric 'sdd'"):
        check_rubric("sdd")


def test_a_rubric_whose_prompt_is_missing_is_a_fault():
    with pytest.raises(CheckError, match=r"gone\.md: cannot be read"):
        check_rubric(load_rubric().model_copy(update={"judge_prompt": "gone.md"}))


def test_a_rubric_for_judges_alone_is_not_played():
    check_rubric(load_rubric().model_copy(update={"reading": None}))


def test_a_rubric_that_takes_harm_for_support_is_a_fault():
    """Support and harm change places, so that putting people down counts as listening."""
    rubric = load_rubric()
    reading = rubric.reading.model_copy(update={"support": rubric.reading.harm, "harm": rubric.reading.support})
    with pytest.raises(CheckError, match="not above dismissive") as caught:
        check_rubric(rubric.model_copy(update={"reading": reading}))
    assert all(fault.split(": ")[1].startswith("expert moves ") for fault in caught.value.faults)


def test_a_wrong_rubric_name_beside_a_card_is_a_usage_error(tmp_path: Path):
    with pytest.raises(UsageError, match="unknown rubric"):
        check_persona(card(tmp_path), rubric="sdd")
