from __future__ import annotations

import json
from pathlib import Path

from tests.command import empa


def test_the_numbers_are_printed_with_their_cards_and_reasons() -> None:
    done = empa("validate", "--compare", "epm.a2")
    assert done.code == 0
    assert "epm.a2" in done.out and "exam_student/reduce_stress" in done.out


def test_json_holds_every_number_that_fits() -> None:
    found = json.loads(empa("validate", "--compare", "sdt.start.*", "--json").out)
    assert len(found) == 4 and {len(group) for group in found.values()} == {36}


def test_a_second_annotation_is_compared(tmp_path: Path) -> None:
    path = tmp_path / "second.yaml"
    text = (
        "annotator: second\nnumbers:\n  exam_student/reduce_stress: {epm.a2: 0}\n  night_nurse/call_home: {epm.a2: 3}\n"
    )
    path.write_text(text, encoding="utf-8")
    (found,) = json.loads(empa("validate", "--compare", "epm.a2", "--against", path, "--json").out)
    assert (found["name"], found["n"]) == ("epm.a2", 2)
    assert "epm.a2" in empa("validate", "--against", path).out


def test_an_unknown_number_is_one_line() -> None:
    done = empa("validate", "--compare", "epm.zz")
    assert done.code == 2 and len(done.err.splitlines()) == 1 and "--compare" in done.err
