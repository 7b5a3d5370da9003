from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.errors import ContentError, UsageError
from empa_graph.study.segments.description import band, bases, read_description

TEXT = """
id: campus
about: An example
personas: 4
shares:
  threshold: {low: 0.5, high: 0.5}
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "segment.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_description_says_little_and_leaves_the_rest_as_it_is(tmp_path: Path):
    found = read_description(written(tmp_path, TEXT))
    assert (found.seed, found.allow.mix, found.allow.shift.threshold, found.shares.age) == (0, None, 0, None)
    assert len(bases(found, tmp_path / "segment.yaml")) == 12


def test_a_band_of_ages():
    assert band("18-29") == (18, 29)
    for text in ("17-20", "30-20", "18 to 29", "18-200"):
        with pytest.raises(ValueError, match="names no ages"):
            band(text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TEXT.replace("high: 0.5", "high: 0.4"), "shares.threshold: shares sum to 0.9, allowed is 1"),
        (TEXT.replace("high", "highest"), "segment.yaml:6"),
        (TEXT + "  age: {18-30: 0.5, 30-40: 0.5}\n", "18-30 and 30-40 overlap"),
        (TEXT + "  age: {young: 1.0}\n", "'young' names no ages, allowed is 18-29"),
        (TEXT + "  needs: {affective: 1.0}\n", "unknown field; did you mean 'need'?"),
        (TEXT.replace("personas: 4", "personas: 0"), "personas: Input should be greater than or equal to 1"),
        (TEXT + "allow: {shift: {priorities: 0.5}}\n", "allow.shift.priorities"),
        (TEXT + "allow: {mix: {share: 0.2, weight: 0.6}}\n", "allow.mix.weight"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path: Path, text: str, told: str):
    with pytest.raises(ContentError) as caught:
        read_description(written(tmp_path, text))
    assert told in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("base: [exam_studnet]", "base: unknown base persona 'exam_studnet'. Did you mean 'exam_student'?"),
        ("allow: {sample: {nurse: 2}}", "allow.sample: unknown base persona 'nurse'"),
        ("base: [exam_student]\nallow: {sample: {exam_student: 0}}", "every base persona has the weight 0"),
        ("folder: none", "no such folder of personas"),
    ],
)
def test_unknown_bases_are_refused(tmp_path: Path, more: str, told: str):
    path = written(tmp_path, f"{TEXT}{more}\n")
    with pytest.raises(UsageError, match=r"(?s).*") as caught:
        bases(read_description(path), path)
    assert told in str(caught.value)


def test_bases_are_those_named_but_for_weights_of_0(tmp_path: Path):
    path = written(tmp_path, TEXT + "base: [exam_student, farm_heir]\nallow: {sample: {farm_heir: 0}}\n")
    assert [base.persona.id for base in bases(read_description(path), path)] == ["exam_student"]
