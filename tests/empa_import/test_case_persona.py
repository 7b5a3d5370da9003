# ruff: noqa: RUF001 -- Chinese text has full-width punctuation

from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.empa_import.cards import Card, Script, Stage, card, stated_levels
from empa_graph.empa_import.case_persona import Built, build
from empa_graph.errors import ContentError
from tests.empa_import.files import CARD, LEVELS, START, write_case

STORY = Script((Stage("旧目录", "抽屉空了。"), Stage("", "她回家了。")), interlude="门卫来了。", outcome="抽屉不见了。")
NINE = stated_levels("x", dict(LEVELS))


def read(tmp_path: Path, text: str = CARD) -> Card:
    return card(write_case(tmp_path, card=text))


def built(tmp_path: Path, text: str = CARD, script: Script = STORY) -> Built:
    return build("script_007", read(tmp_path, text), script, levels=NINE, start=START)


def test_what_the_card_states_stands_in_its_place(tmp_path: Path):
    persona = built(tmp_path).persona
    assert (persona.id, persona.name, persona.language) == ("script_007", "苏晚晴", "zh")
    assert persona.demographics.age == 34
    assert persona.demographics.work == "社区图书馆的编目员"
    assert persona.empathy_threshold.level == "high"
    assert "夸她坚强" in persona.empathy_threshold.rejects


def test_what_the_card_does_not_state_is_said_and_counted(tmp_path: Path):
    found = built(tmp_path)
    assert found.persona.demographics.social_class == "卡片没有说明。"
    assert "social_class" in found.assumed
    assert not {"name", "age", "gender", "work"} & set(found.assumed)


def test_the_goal_starts_from_the_imported_levels_with_annotator_and_reason(tmp_path: Path):
    [goal] = built(tmp_path).persona.goals
    assert list(goal.spaces) == ["epm"]
    levels = goal.spaces["epm"].levels
    assert {name: level.value for name, level in levels.items()} == NINE
    assert {level.annotator for level in levels.values()} == {"imported"}


def test_priorities_are_the_share_of_each_axis_in_the_deficit(tmp_path: Path):
    weights = built(tmp_path).persona.priorities
    assert weights.cognitive.value == pytest.approx(8 / 26, abs=1e-4)
    assert weights.motivational.value == pytest.approx(10 / 26, abs=1e-4)
    assert weights.affective.annotator == "imported"


def test_stages_interlude_and_outcome_are_beats_with_rising_trust(tmp_path: Path):
    beats = built(tmp_path).persona.goals[0].beats
    assert [beat.text for beat in beats] == ["旧目录\uff1a抽屉空了。", "她回家了。", "门卫来了。", "抽屉不见了。"]
    assert [beat.trust for beat in beats] == [0.25, 0.42, 0.58, 0.75]


def test_a_story_of_one_stage_is_told_in_two_halves(tmp_path: Path):
    one = Script((Stage("", "天黑了。雨停了。人散了。"),), interlude="", outcome="")
    assert [beat.text for beat in built(tmp_path, script=one).persona.goals[0].beats] == [
        "天黑了。雨停了。",
        "人散了。",
    ]


def test_a_story_of_one_sentence_gets_a_neutral_beat_and_is_counted(tmp_path: Path):
    found = built(tmp_path, script=Script((Stage("", "天黑了。"),), interlude="", outcome=""))
    assert len(found.persona.goals[0].beats) == 2
    assert "beats" in found.assumed


def test_long_texts_are_cut_and_counted(tmp_path: Path):
    found = built(tmp_path, script=STORY._replace(outcome="很" * 900, interlude="长" * 601))
    assert found.cut == 2
    assert found.persona.goals[0].beats[-1].text.endswith("很…")
    assert len(found.persona.goals[0].beats[-1].text) == 600


def test_stages_beyond_eight_are_left_out_and_counted(tmp_path: Path):
    found = built(tmp_path, script=STORY._replace(stages=(Stage("", "又一天。"),) * 10))
    assert len(found.persona.goals[0].beats) == 8
    assert found.cut == 4


@pytest.mark.parametrize(("stated", "age"), [("三十四岁", 34), ("十八", 18), ("二十", 20), ("34 周岁", 34)])
def test_an_age_may_be_written_out(tmp_path: Path, stated: str, age: int):
    assert built(tmp_path, CARD.replace("34岁", stated)).persona.demographics.age == age


def test_an_age_without_a_label_is_found(tmp_path: Path):
    text = CARD.replace("- 年龄：34岁\n", "").replace("做事慢", "她今年41岁，做事慢")
    assert built(tmp_path, text).persona.demographics.age == 41


def test_an_age_that_is_not_stated_is_counted(tmp_path: Path):
    found = built(tmp_path, CARD.replace("- 年龄：34岁\n", ""))
    assert found.persona.demographics.age == 30
    assert "age" in found.assumed


@pytest.mark.parametrize("age", ["16岁", "十六岁", "134岁"])
def test_an_age_that_no_persona_may_have_is_refused(tmp_path: Path, age: str):
    with pytest.raises(ContentError, match=r"script_007\.md: character_info: age \d+, allowed is 18 to 110"):
        built(tmp_path, CARD.replace("34岁", age))


def test_a_case_without_a_deficit_is_refused(tmp_path: Path):
    with pytest.raises(ContentError, match="no deficit"):
        build("script_007", read(tmp_path), STORY, levels=dict.fromkeys(NINE, 0), start=(0.0, 0.0, 0.0))


def test_a_card_of_headings_alone_is_refused_with_its_field(tmp_path: Path):
    begin, end = CARD.index("<character_info>"), CARD.index("</character_info>")
    with pytest.raises(ContentError, match=r"script_007\.md: summary: "):
        built(tmp_path, CARD[:begin] + "<character_info>\n## 性格\n" + CARD[end:])
