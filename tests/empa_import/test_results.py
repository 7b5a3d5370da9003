from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from empa_graph.empa_import.results import recording
from empa_graph.empa_import.source import LARGEST_JSON
from empa_graph.errors import ContentError
from empa_graph.models.assessment import Item
from tests.empa_import.files import GOOD, entry, history, result, write_result


def test_messages_are_numbered_by_turn_and_other_roles_are_left_out(tmp_path: Path):
    said = [{"role": "test_model", "content": "早"}, *history(2), {"role": "system", "content": "x"}]
    read = recording(write_result(tmp_path, result(history=said)))
    assert [(message.turn, message.speaker) for message in read.messages] == [
        (1, "persona"),
        (1, "empathic"),
        (2, "persona"),
        (2, "empathic"),
    ]


def test_levels_become_magnitudes_with_their_evidence(tmp_path: Path):
    mdep = {**GOOD, "P_Neg_evidence": "你想留住", "C_Neg_evidence": "of a level 0", "C_Prog_reasoning": 3}
    read = recording(write_result(tmp_path, result(1, trajectory=[entry(1, mdep)])))
    assert read.judgements[1].items == (
        Item(dimension="cognitive", progress=1, regress=0),
        Item(dimension="affective", progress=2, regress=0),
        Item(dimension="proactive", progress=0, regress=1, regress_evidence="你想留住"),
    )


@pytest.mark.parametrize("mdep", [None, {}, "timeout", {"error": "no answer"}, dict.fromkeys(GOOD)])
def test_a_judgement_that_never_arrived_is_none(tmp_path: Path, mdep: object):
    read = recording(write_result(tmp_path, result(1, trajectory=[entry(1, mdep)])))
    assert read.judgements[1].items is None


@pytest.mark.parametrize(
    ("name", "level", "allowed"),
    [
        ("C_Prog_level", 7, "0, 1 and 2"),
        ("C_Prog_level", 10**400, "0, 1 and 2"),
        ("A_Prog_level", -1, "0, 1 and 2"),
        ("A_Neg_level", 1, "0, -1 and -2"),
        ("P_Neg_level", "many", "0, -1 and -2"),
        ("P_Prog_level", True, "0, 1 and 2"),
    ],
)
def test_an_unknown_level_is_named_with_what_is_allowed(tmp_path: Path, name: str, level: Any, allowed: str):
    file = write_result(tmp_path, result(1, trajectory=[entry(1, {**GOOD, name: level})]))
    expected = rf"_result\.json: epj\.trajectory\.0\.mdep_analysis\.{name}: .* is no level, allowed are {allowed}"
    with pytest.raises(ContentError, match=expected):
        recording(file)


@pytest.mark.parametrize("lacking", ["A_Prog_level", "C_Neg_level", "Neg"])
def test_a_judgement_that_lacks_a_level_was_not_recorded(tmp_path: Path, lacking: str):
    partial = {name: level for name, level in GOOD.items() if lacking not in name}
    read = recording(write_result(tmp_path, result(1, trajectory=[entry(1, partial)])))
    assert read.judgements[1].items is None


@pytest.mark.parametrize("point", [[-7, -5, -12], {"C": -7, "A": -5, "P": -12}, {"cognitive": -7, "A": -5, "P": -12}])
def test_a_position_may_be_a_list_or_an_object(tmp_path: Path, point: object):
    read = recording(write_result(tmp_path, result(1, trajectory=[entry(1, P_t=point)])))
    assert read.judgements[1].noted.position == (-7.0, -5.0, -12.0)


@pytest.mark.parametrize("point", [None, [1, 2], {"C": 1}, "x", [1, 2, None], [[1], [2], [3]]])
def test_a_position_that_cannot_be_read_is_none(tmp_path: Path, point: object):
    read = recording(write_result(tmp_path, result(1, trajectory=[entry(1, P_t=point)])))
    assert read.judgements[1].noted.position is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trajectory": [entry(1), entry(1)]}, r"epj\.trajectory\.1\.turn: 1 stands twice"),
        ({"trajectory": [entry(10**9)]}, r"epj\.trajectory\.0\.turn"),
        ({"trajectory": [entry(-1)]}, r"epj\.trajectory\.0\.turn"),
        ({"trajectory": None}, r"epj\.trajectory"),
        ({"epj": {}}, r"epj\.trajectory: Field required"),
        ({"history": []}, "history: no message of role 'test_model'"),
        ({"history": history(1001)}, "history: 1,001 turns, allowed are 1,000"),
        ({"history": [*history(1), {"role": "actor", "content": "长" * 20_001}]}, r"history\.2\.content: 20,001"),
        ({"history": "a talk"}, "history: "),
        ({"history": [{}] * 20_000}, r"history\.0\.role: Field required"),
    ],
)
def test_what_breaks_the_format_is_named_with_its_field(tmp_path: Path, changes: Any, said: str):
    file = write_result(tmp_path, result(1, **changes))
    with pytest.raises(ContentError, match=said):
        recording(file)


@pytest.mark.parametrize("text", [b"{", b"[" * 100_000, b"\xff\xfe{}", b'{"x": ' + b"[" * 9_999 + b"]" * 9_999 + b"}"])
def test_a_file_that_is_no_json_is_refused(tmp_path: Path, text: bytes):
    file = write_result(tmp_path, {})
    file.write_bytes(text)
    with pytest.raises(ContentError, match=r"script_007_result\.json: "):
        recording(file)


def test_a_result_of_50_mb_is_not_read(tmp_path: Path):
    file = write_result(tmp_path, {})
    with file.open("wb") as sparse:
        sparse.truncate(50 * 1024 * 1024)
    with pytest.raises(ContentError, match=f"allowed are {LARGEST_JSON:,}"):
        recording(file)
