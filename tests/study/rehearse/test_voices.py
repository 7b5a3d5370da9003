from __future__ import annotations

import pytest

from empa_graph.study.rehearse.voices import told_apart

SEA = {"one": ["The boat and the net and the boat."], "two": ["A net, a boat, a gull."]}
FIELD = {"one": ["The cow and the fence and the cow."], "two": ["A fence, a cow, a crow."]}


def test_persons_of_other_words_are_told_apart_in_a_scenario_not_seen() -> None:
    found = told_apart({"sailor": SEA, "farmer": FIELD})
    assert (found.accuracy, found.by_new_lines, found.chance, found.texts) == (1.0, 1.0, 0.5, 4)
    assert found.taken_for == {}


def test_who_speaks_like_another_is_taken_for_that_one() -> None:
    found = told_apart({"sailor": SEA, "farmer": {"one": FIELD["one"], "two": SEA["two"]}})
    assert found.accuracy is not None and found.accuracy < 1.0
    assert "sailor" in found.taken_for["farmer"]


def test_accuracy_is_the_mean_over_persons_whatever_they_say_in_all() -> None:
    often = {room: [*lines, *(f"{lines[0]} {n}" for n in range(40))] for room, lines in SEA.items()}
    half = {"one": FIELD["one"], "two": SEA["two"]}
    found = told_apart({"sailor": often, "farmer": half})
    assert (found.accuracy, found.texts) == ((1.0 + 0.5) / 2, 24)


def test_a_line_said_everywhere_counts_for_the_whole_and_not_for_the_new_lines() -> None:
    ours = {room: [*lines, "I go down to the harbour."] for room, lines in SEA.items()}
    found = told_apart({"sailor": ours, "farmer": FIELD})
    assert found.by_new_lines == 1.0


@pytest.mark.parametrize("said", [{}, {"sailor": SEA}, {"sailor": SEA, "farmer": {"one": ["Cow."]}}])
def test_too_few_persons_with_two_scenarios_have_no_accuracy(said: dict[str, dict[str, list[str]]]) -> None:
    assert told_apart(said) == (None, None, None, 0, {})
