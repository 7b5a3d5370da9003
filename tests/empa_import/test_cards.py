from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from empa_graph.empa_import.cards import Script, Stage, card, iedr, scripts, stated_levels
from empa_graph.empa_import.source import LARGEST_JSON
from empa_graph.errors import ContentError
from tests.empa_import.files import CARD, LEVELS, SCRIPT, write_case, write_json

SLUGS = {"c1": 1, "c2": 0, "c3": 2, "a1": 2, "a2": 1, "a3": 0, "p1": 3, "p2": 1, "p3": 0}


def test_a_card_gives_its_threshold_and_its_paragraphs(tmp_path: Path):
    read = card(write_case(tmp_path))
    assert read.threshold == "high"
    assert read.character[0] == ("姓名", "苏晚晴")
    assert [part.heading for part in read.profile] == ["核心信念", "内心"]
    assert "夸她坚强" in read.rejects[0].text
    assert "共情阈值" not in read.rejects[0].text


@pytest.mark.parametrize("name", ["character_info", "empathy_threshold", "psychological_profile", "experience"])
def test_a_missing_section_is_named(tmp_path: Path, name: str):
    file = write_case(tmp_path, card=CARD.replace(f"<{name}>", ""))
    with pytest.raises(ContentError, match=f"script_007.md: section <{name}> is missing, needed are character_info"):
        card(file)


@pytest.mark.parametrize("stated", ["【很高】", "【低|中|高】", "【高】又写作共情阈值【低】", ""])
def test_a_threshold_that_is_not_one_of_three_is_named(tmp_path: Path, stated: str):
    file = write_case(tmp_path, card=CARD.replace("【高】", stated))
    with pytest.raises(ContentError, match="allowed is one of 低, 中, 高"):
        card(file)


def test_a_card_that_is_not_utf_8_is_refused(tmp_path: Path):
    file = write_case(tmp_path)
    file.write_bytes(CARD.encode("gb18030"))
    with pytest.raises(ContentError, match="not UTF-8"):
        card(file)


def test_a_script_gives_its_stages_in_order(tmp_path: Path):
    story = dict(reversed(SCRIPT["故事的经过"].items()))
    [(case, script)] = scripts(write_json(tmp_path / "x.json", [{**SCRIPT, "故事的经过": story}]))
    assert case == "script_007"
    assert isinstance(script, Script)
    assert [stage.title for stage in script.stages] == ["旧目录", "一张卡片", "会议", "雨夜"]
    assert script.outcome == SCRIPT["故事的结果"]


def test_a_script_may_be_numbered_and_list_its_interludes(tmp_path: Path):
    data = [{"剧本编号": 7, "故事的经过": ["甲", {"标题": "", "内容": "乙"}], "故事的插曲": ["丙", {"丁": "戊"}]}]
    [(case, script)] = scripts(write_json(tmp_path / "x.json", data))
    assert case == "script_007"
    assert script == Script((Stage("", "甲"), Stage("", "乙")), interlude="丙\n丁\uff1a戊", outcome="")


def test_a_script_without_stages_is_wrong_and_the_next_one_is_read(tmp_path: Path):
    file = write_json(tmp_path / "x.json", [{"剧本编号": 1, "故事的经过": {}}, {"故事的经过": {}}, SCRIPT])
    first, second, third = scripts(file)
    assert first[0] == "script_001"
    assert "x.json: 0.故事的经过: no stage with 内容" in str(first[1])
    assert "x.json: 1.剧本编号: missing" in str(second[1])
    assert third[0] == "script_007"


@pytest.mark.parametrize("text", ["{", "[1]", '{"a": 1}', "[" * 100_000 + "]" * 100_000, ""])
def test_a_scenario_file_that_is_no_list_of_objects_is_refused(tmp_path: Path, text: str):
    file = tmp_path / "x.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContentError, match=r"x\.json: "):
        list(scripts(file))


def test_a_flood_of_scripts_is_one_fault(tmp_path: Path):
    with pytest.raises(ContentError, match="at most 10000 items"):
        list(scripts(write_json(tmp_path / "x.json", [{}] * 10_001)))


def test_a_scenario_file_of_50_mb_is_not_read(tmp_path: Path):
    file = tmp_path / "x.json"
    with file.open("wb") as sparse:
        sparse.truncate(50 * 1024 * 1024)
    with pytest.raises(ContentError, match=f"52,428,800 bytes, allowed are {LARGEST_JSON:,}"):
        list(scripts(file))


@pytest.mark.parametrize(
    "spelt", [lambda name: name, lambda name: name.replace(".", ""), lambda name: name.replace(".", "").lower()]
)
def test_levels_are_read_however_they_are_spelt(spelt: Any):
    assert stated_levels("x", {spelt(name): level for name, level in LEVELS.items()}) == SLUGS


def test_levels_may_stand_in_objects_beside_other_fields():
    entry: Any = {
        "filled_iedr": {name: {"level": float(level), "reason": "r"} for name, level in LEVELS.items()},
        "x": 1,
    }
    assert stated_levels("x", entry) == SLUGS


@pytest.mark.parametrize("level", [7, -1, 1.5, 10**400, float("inf"), True, None, "2", [1]])
def test_an_unknown_level_is_named_with_what_is_allowed(level: Any):
    with pytest.raises(ContentError, match=r"file: case\.A\.2: .* is no level, allowed are 0, 1, 2 and 3"):
        stated_levels("file: case", {**LEVELS, "A.2": level})


def test_a_missing_level_is_named_and_never_0():
    with pytest.raises(ContentError, match="level 'p3' is missing, needed are c1, c2, c3"):
        stated_levels("x", {name: level for name, level in LEVELS.items() if name != "P.3"})


def test_a_level_stated_twice_and_not_alike_is_refused():
    with pytest.raises(ContentError, match="'c1' is stated twice"):
        stated_levels("x", {**LEVELS, "c1": 3})


def test_an_iedr_file_may_be_a_list_that_names_its_cases(tmp_path: Path):
    file = write_json(tmp_path / "iedr.json", [{"script_id": "7", **LEVELS}, {"剧本编号": 8}, LEVELS])
    good, short, nameless = iedr(file)
    assert good == ("script_007", SLUGS)
    assert short[0] == "script_008"
    assert "level 'c1' is missing" in str(short[1])
    assert nameless[0] == ""
