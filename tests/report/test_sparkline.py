from __future__ import annotations

import pytest

from empa_graph.report.sparkline import BLOCKS, DIGITS, marks_for, sparkline


def test_height_is_the_figure_and_what_is_missing_is_a_gap():
    assert sparkline([0.0, 0.5, None, 1.0]) == "▁▄·▇"
    assert sparkline([0.0, 0.5, None, 1.0], marks=DIGITS) == "05-9"


def test_what_lies_beyond_stands_at_the_end():
    assert sparkline([-1.0, 3.0]) == "▁▇"
    assert sparkline([1.0, 2.0], top=2.0) == "▄▇"
    assert sparkline([0.0], top=0.0) == "▁"


@pytest.mark.parametrize(
    ("encoding", "marks"),
    [("utf-8", BLOCKS), ("ascii", DIGITS), ("latin-1", DIGITS), ("no such thing", DIGITS), (None, DIGITS)],
)
def test_marks_are_those_that_the_encoding_holds(encoding: str | None, marks: str):
    assert marks_for(encoding) == marks
