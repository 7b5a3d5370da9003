from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.content.library import content_folder, scenarios
from empa_graph.content.numbers import SecondAnnotation, agreement_with, load_annotation, numbers, side_by_side
from empa_graph.errors import ContentError, NotFoundError

FOUND = numbers(scenarios())


def annotation(**changes: float) -> SecondAnnotation:
    """The first annotation of one number again, with ``changes`` by persona."""
    given = {n.where: {n.name: n.value} for n in side_by_side(FOUND, "epm.a2")["epm.a2"]}
    for where, value in changes.items():
        given[f"{where}/reduce_stress"]["epm.a2"] = value
    return SecondAnnotation(annotator="second", numbers=given)


def test_every_goal_has_its_numbers_and_a_persona_its_own_once() -> None:
    groups = side_by_side(FOUND, "all")
    assert len(groups["sdt.start.calm"]) == len(groups["epm.a2"]) == len(groups["sdt.radius"]) == 36
    assert len(groups["priorities.affective"]) == 12


def test_a_number_is_listed_from_low_to_high() -> None:
    values = [number.value for number in side_by_side(FOUND, "epm.a2")["epm.a2"]]
    assert values == sorted(values)


def test_a_pattern_takes_several_numbers_and_an_unknown_one_is_refused_with_the_nearest() -> None:
    assert set(side_by_side(FOUND, "sdt.start.*")) == {
        f"sdt.start.{d}" for d in ("autonomy", "competence", "relatedness", "calm")
    }
    with pytest.raises(NotFoundError, match=r"Did you mean 'epm\.a2'"):
        side_by_side(FOUND, "epm.a22")


def test_the_same_numbers_agree_fully_and_another_number_lowers_it() -> None:
    first = side_by_side(FOUND, "epm.a2")
    (same,), (other,) = agreement_with(annotation(), first), agreement_with(annotation(exam_student=0.0), first)
    assert same.kappa == pytest.approx(1.0) and same.n == 36 and same.difference == 0.0
    assert other.kappa is not None and other.kappa < 1.0
    assert other.furthest == "exam_student/reduce_stress" and other.difference < 0.0


def test_a_number_that_a_card_has_not_is_refused() -> None:
    strange = SecondAnnotation(annotator="second", numbers={"nobody/here": {"epm.a2": 1.0}})
    with pytest.raises(ContentError, match="nobody/here has no number"):
        agreement_with(strange, side_by_side(FOUND, "epm.a2"))


def test_an_annotation_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "second.yaml"
    path.write_text("annotator: second\nnumbers:\n  exam_student/reduce_stress: {epm.a2: 1}\n", encoding="utf-8")
    assert load_annotation(path).numbers["exam_student/reduce_stress"] == {"epm.a2": 1.0}


def test_the_second_annotation_covers_every_number_and_its_table_stands_in_the_docs() -> None:
    second = load_annotation(content_folder("personas") / "annotations" / "second_reader.yaml")
    groups = side_by_side(FOUND, "all")
    found = agreement_with(second, groups)
    assert [kappa.n for kappa in found] == [len(group) for group in groups.values()]
    page = (Path(__file__).parents[2] / "docs" / "annotation.md").read_text(encoding="utf-8")
    for kappa in found:
        assert f"| `{kappa.name}` | {kappa.n} | {kappa.kappa:.2f} | {kappa.difference:+.2f} |" in page
