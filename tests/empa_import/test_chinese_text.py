from __future__ import annotations

from collections import Counter

from hypothesis import given, strategies as st

from empa_graph.empa_import.chinese_text import Paragraph, clean, fitted, labelled, paragraphs, section, sentences


def test_a_section_is_what_stands_between_its_marks():
    assert section("<a>one</a><b>two</b>", "b", ("a", "b")) == "two"


def test_a_section_that_is_not_closed_ends_at_the_next_one():
    assert section("<a>one<b>two</b>", "a", ("a", "b")) == "one"
    assert section("<b>two", "b", ("a", "b")) == "two"


def test_a_section_without_its_mark_is_none():
    assert section("<a>one</a>", "b", ("a", "b")) is None


def test_each_line_stands_under_its_label_or_the_heading_above_it():
    text = "- **姓名**: 苏晚晴\n## 性格\n慢\n年龄: 34\n* 细\n\n【内心】\n静\n名字:\n晚晴"
    assert paragraphs(text) == (
        Paragraph("姓名", "苏晚晴"),
        Paragraph("性格", "慢"),
        Paragraph("年龄", "34"),
        Paragraph("性格", "细"),
        Paragraph("内心", "静"),
        Paragraph("名字", "晚晴"),
    )


def test_a_colon_in_a_sentence_makes_no_label():
    assert paragraphs("她后来在电话里对我说了这样一句话: 算了") == (
        Paragraph("", "她后来在电话里对我说了这样一句话: 算了"),
    )


def test_a_label_is_found_by_any_of_its_names():
    assert labelled(paragraphs("年龄: 34"), "岁数", "年龄") == "34"
    assert labelled(paragraphs("年龄: 34"), "姓名") is None


def test_sentences_end_at_chinese_and_western_stops():
    assert sentences("走了。真的吗?\n没有") == ("走了。", "真的吗?", "没有")


def test_a_cut_is_counted_and_marked():
    tally: Counter[str] = Counter()
    assert fitted("一二三四", 3, tally) == "一二…"
    assert fitted("一二三", 3, tally) == "一二三"
    assert tally == {"cut": 1}


def test_controls_and_direction_marks_go_and_line_ends_become_one_kind():
    assert clean("a\x00\x9b\u202eb\r\nc\u2028d\x1ce\u3000f") == "ab\nc\nde\u3000f"


@given(st.text())
def test_what_is_cleaned_holds_nothing_but_text(text: str):
    assert all(c in "\n\t" or c.isprintable() or c.isspace() for c in clean(text))
    assert clean(clean(text)) == clean(text)


@given(st.text())
def test_paragraphs_are_never_empty(text: str):
    assert all(part.text for part in paragraphs(text))


def test_a_very_long_line_of_marks_is_read_in_no_time():
    assert paragraphs("*" * 500_000 + "\n- x") == (Paragraph("", "x"),)
