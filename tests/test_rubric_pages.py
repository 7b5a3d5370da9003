from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.content.library import load_rubric
from empa_graph.models.behaviour import SIGNS
from empa_graph.models.reading import Reading, Weights

DOCS = Path(__file__).parents[1] / "docs"


def page(name: str) -> str:
    return (DOCS / f"rubric-{name}.md").read_text(encoding="utf-8")


def reading(name: str) -> Reading:
    found = load_rubric(name).reading
    assert found is not None
    return found


def table(weights: dict[str, Weights]) -> str:
    """Return what each behaviour does on each dimension, as a table of the page."""
    rows = [f"| | {' | '.join(weights)} |", "|---" * (len(weights) + 1) + "|"]
    for sign in (sign for sign in SIGNS if any(sign in of_one for of_one in weights.values())):
        cells = (f"{of_one[sign]:g}" if sign in of_one else "" for of_one in weights.values())
        rows.append(f"| {sign} | {' | '.join(cells)} |")
    return "\n".join(rows)


@pytest.mark.parametrize("name", ["sdt", "epm"])
def test_the_page_of_a_rubric_has_the_weights_of_its_file(name: str):
    assert table(reading(name).support) in page(name) and table(reading(name).harm) in page(name)


@pytest.mark.parametrize("name", ["sdt", "epm"])
def test_the_page_of_a_rubric_has_its_thresholds_and_what_a_script_costs(name: str):
    text, found = " ".join(page(name).split()), reading(name)
    (one, two), (first, worst) = found.progress_at, found.regress_at
    assert f"{one:g} " in text and f"from {two:g}" in text and f"{first:g} and " in text and f"{worst:g}" in text
    assert ", ".join(f"{share:g} on {dimension}" for dimension, share in found.unfit.items()) in text
    assert f"up to {found.advice_before_handoff:g}" in text


def test_the_page_of_sdt_has_the_numbers_that_hold_in_any_space():
    text, found = " ".join(page("sdt").split()), reading("sdt")
    low, medium, high = (found.comfort_gate[level] for level in ("low", "medium", "high"))
    for told in (
        f"counts up to {1 + found.preference_gain:g} times",
        f"let in at {low:g}, {medium:g} or {high:g}",
        f"takes away up to {found.cancels:g} of all support",
        f"Up to a strength of {found.noticed_from:g}",
        f"up to {1 + found.aversion_gain:g} times for a person who minds it",
        f"over the last {found.window} replies",
        f"from turn {found.unanswered_from} on",
    ):
        assert told in text, told


def test_the_page_of_epm_says_by_how_much_a_priority_scales():
    text, gain = " ".join(page("epm").split()), reading("epm").need_gain
    tenth, half = 1 + gain * (3 * 0.1 - 1), 1 + gain * (3 * 0.5 - 1)
    assert f"with {gain:g} by {tenth:g} at a tenth and by {half:g} at a half" in text
