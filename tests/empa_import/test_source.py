from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given, strategies as st

from empa_graph.empa_import import source as empa_folder
from empa_graph.empa_import.source import agents, case_id, copy_of, official_cases, result_case
from empa_graph.errors import ContentError, UsageError
from tests.empa_import.files import result, write_case, write_result


@pytest.mark.parametrize("name", ["script_007", "7", "007", "剧本7", "剧本编号\uff1a7", "Script-7", "case 07"])
def test_every_way_to_write_a_number_is_one_case(name: str):
    assert case_id(name) == "script_007"


@given(st.text())
def test_a_case_id_is_a_slug_whatever_the_name(name: str):
    try:
        found = case_id(name)
    except ContentError:
        return
    assert found.isascii()
    assert found.isidentifier()
    assert found[0].isalpha()
    assert 2 <= len(found) <= 48


def test_a_name_like_a_path_becomes_a_slug():
    assert case_id("../../etc/x") == "etc_x"
    assert case_id("../../x") == "case_x"


def test_a_name_without_letters_or_digits_is_refused():
    with pytest.raises(ContentError, match="gives no case id"):
        case_id("../..")


def test_each_kind_of_file_is_found_by_its_place_and_name(tmp_path: Path):
    card = write_case(tmp_path)
    recorded = write_result(tmp_path, result())
    listed = tmp_path / "official_cases.txt"
    listed.write_text("script_007\n", encoding="utf-8")
    found = copy_of(tmp_path)
    assert found.cards == (card,)
    assert found.scripts == (tmp_path / "scenarios" / "script_007.json",)
    assert found.iedr == (tmp_path / "iedr_7.json",)
    assert found.results == (recorded,)
    assert found.official == listed


def test_links_pipes_and_hidden_folders_are_passed_by(tmp_path: Path):
    write_case(tmp_path / ".hidden")
    (tmp_path / "cases").mkdir()
    (tmp_path / "cases" / "script_001.md").symlink_to(tmp_path / ".hidden" / "cases" / "script_007.md")
    os.mkfifo(tmp_path / "cases" / "script_002.md")
    assert copy_of(tmp_path) == ((), (), (), (), None)


def test_a_folder_that_is_none_is_refused(tmp_path: Path):
    with pytest.raises(UsageError, match="no such folder"):
        copy_of(tmp_path / "absent")


def test_agents_are_named_by_what_their_folders_do_not_share(tmp_path: Path):
    files = tuple(tmp_path / "runs" / place / "script_001_result.json" for place in ("a/one", "b"))
    assert list(agents(files).values()) == ["a/one", "b"]
    assert list(agents(files[1:]).values()) == ["b"]


def test_a_folder_name_that_is_no_text_is_still_a_name():
    [name] = agents((Path(os.fsdecode(b"/data/m\xff\x1b[31m/script_001_result.json")),)).values()
    assert name == "m?[31m"


def test_the_case_of_a_result_stands_in_its_name():
    assert result_case(Path("x/script_012_result.json")) == "script_012"


def test_official_cases_are_read_line_by_line_with_comments(tmp_path: Path):
    file = tmp_path / "official_cases.txt"
    file.write_text("\ufeff# these count\nscript_001\n\n 12 \n", encoding="utf-8")
    assert official_cases(file) == {"script_001", "script_012"}


def test_a_line_that_is_no_case_is_named(tmp_path: Path):
    file = tmp_path / "official_cases.txt"
    file.write_text("script_001\n??\n", encoding="utf-8")
    with pytest.raises(ContentError, match=r"official_cases\.txt:2: '\?\?' gives no case id"):
        official_cases(file)


def test_a_file_beyond_the_limit_is_not_read(tmp_path: Path):
    file = tmp_path / "official_cases.txt"
    with file.open("wb") as sparse:
        sparse.truncate(50 * 1024 * 1024)
    with pytest.raises(ContentError, match=f"allowed are {empa_folder.LARGEST_LIST:,}"):
        official_cases(file)
