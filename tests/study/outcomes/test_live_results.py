from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from empa_graph.errors import ContentError
from empa_graph.study.outcomes.live_results import LONGEST_CELL, LiveRow, live_rows


def written(folder: Path, text: str) -> Path:
    path = folder / "live.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_count_is_a_share_and_a_mean_stays_one(tmp_path: Path):
    path = written(
        tmp_path,
        "\ufeff# a comment\nversion,outcome,n,count,mean,date,arm,cluster\n\n"
        'v1,"came back, once",200,50,,2026-01-31,A,north\nv1,survey,40,,3.5,,,\n',
    )
    assert live_rows(path) == [
        LiveRow(4, "v1", "came back, once", 0.25, 200, date(2026, 1, 31), "A", "north", counted=True),
        LiveRow(5, "v1", "survey", 3.5, 40, None, "", ""),
    ]


HEAD = "version,outcome,n,count\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "no line with the columns version, outcome, n"),
        (HEAD, "no row below the columns"),
        ("version,outcom,n,count\n", ":1: unknown column 'outcom'; did you mean 'outcome'?"),
        ("version,outcome,count\n", ":1: no column 'n'"),
        ("version,outcome,n\n", ":1: no column 'count or mean'"),
        ("version,version,outcome,n,count\n", ":1: a column stands twice"),
        (HEAD + "v1,x,3\n", ":2: 3 cells, the first line has 4 columns"),
        (HEAD + ",x,3,1\n", ":2: version: it is empty"),
        (HEAD + "v1,x,0,0\n", ":2: n: 0, allowed is a whole number from 1 on"),
        (HEAD + "v1,x,2.5,1\n", ":2: n: 2.5, allowed is a whole number from 1 on"),
        (HEAD + "v1,x,nan,1\n", ":2: n: 'nan' is no number"),
        (HEAD + "v1,x,3,4\n", ":2: count: 4 of n = 3"),
        (HEAD + "v1,x,3,\n", ":2: count: a row has either a count or a mean"),
        ("version,outcome,n,mean,date\nv1,x,3,1,31.1.2026\n", ":2: date: '31.1.2026', allowed is a day such as"),
        ("version,outcome,n,mean,count\nv1,x,3,1,1\n", ":2: count: a row has either a count or a mean"),
        (HEAD + f"{'v' * (LONGEST_CELL + 1)},x,3,1\n", ":2: a cell of 201 characters"),
        (HEAD + 'v1,"x,3,1\n', ":2: no line of CSV"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, told: str):
    path = written(tmp_path, text)
    with pytest.raises(ContentError) as caught:
        live_rows(path)
    assert str(caught.value).startswith(str(path)) and told in str(caught.value) and "\n" not in str(caught.value)
