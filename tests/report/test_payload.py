from __future__ import annotations

import json
from typing import Any

from hypothesis import given, strategies as st

from empa_graph.report.page.payload import Evidence, payload, pieces
from empa_graph.report.text import visible
from tests.report.page_parts import CONTROLS, EMOJI, RIGHT_TO_LEFT, SHOWN, walked


def turns() -> list[dict[str, Any]]:
    return json.loads(json.dumps(payload(walked())))["turns"]


def test_a_reply_is_cut_where_its_evidence_begins_and_ends():
    assert turns()[0]["messages"][1]["pieces"] == [
        ["That sounds hard.", ["validating 3.0"], "good"],
        [" "],
        ["You should sleep more.", ["advising 2.0"], "bad"],
    ]


def test_spans_that_overlap_are_told_apart():
    cut = pieces("abcd", [Evidence("abc", "x", True), Evidence("bcd", "y", False)])
    assert cut == [["a", ["x"], "good"], ["bc", ["x", "y"], "mixed"], ["d", ["y"], "bad"]]


def test_evidence_that_was_not_said_marks_nothing():
    assert pieces("hello", [Evidence("goodbye", "x", True)]) == [["hello"]]


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=5), max_size=4))
def test_pieces_lose_nothing_of_the_text(text: str, spans: list[str]):
    cut = pieces(text, [Evidence(span, "x", True) for span in spans])
    assert "".join(str(piece[0]) for piece in cut if isinstance(piece, list)) == visible(text)


def test_a_turn_holds_tools_directives_notes_and_missing_judgements():
    first, second, third = turns()
    assert first["messages"][1]["tools"] == [{"name": "lookup", "given": '{"q": "sleep"}', "gave": "eight hours"}]
    assert first["notes"][0]["content"] == "calm so far"
    assert second["directives"][0]["action"] == "change_pace"
    assert second["step"]["failure"]["kind"] == "judge_invalid"
    assert third["step"]["moved"] == [-0.25, 0.0, 0.0]


def test_control_and_direction_characters_are_named_and_all_else_stays():
    assert visible(CONTROLS) == SHOWN
    assert visible(f"{RIGHT_TO_LEFT} {EMOJI}\n\ttext") == f"{RIGHT_TO_LEFT} {EMOJI}\n\ttext"
    assert visible("\ud800") == "\ufffd"
