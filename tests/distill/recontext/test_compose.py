from __future__ import annotations

import pytest

from empa_graph.content.graded import lines_of
from empa_graph.distill.recontext.acceptance import unsound
from empa_graph.distill.recontext.compose import by_templates, in_crisis
from empa_graph.distill.recontext.trace import spoken
from tests.distill.recontext.parts import MATTERS, RUBRIC, made, profile, source


@pytest.mark.parametrize("matter", MATTERS)
def test_every_matter_gives_a_card_that_is_sound(matter: str):
    for seed in range(4):
        assert unsound(made(seed, matter=matter).card, RUBRIC) == []


@pytest.mark.parametrize("matter", ["self", "health", "family"])
def test_stated_danger_gives_a_crisis_card_that_keeps_every_rule(matter: str):
    card = made(3, matter=matter, danger="stated").card
    goal = card.goals[0]
    assert goal.context == "crisis" and goal.danger is not None and goal.danger.real
    assert unsound(card, RUBRIC) == []
    assert all(beat.not_in == (goal.id,) for beat in card.beats)


def test_services_are_those_of_the_country():
    numbers = {
        "United Kingdom": "116 123",
        "Ireland": "116 123",
        "United States": "988",
        "Canada": "988",
        "Australia": "13 11 14",
        "New Zealand": "1737",
    }
    for seed in range(12):
        card = made(seed, danger="stated").card
        accepted = [line.text for line in card.goals[0].lines.accept_help]
        assert all(numbers[card.country or ""] in text for text in accepted)


def test_nobody_in_danger_jokes_or_shrugs():
    for seed in range(12):
        assert {line.text for line in made(seed, danger="stated").card.connectives.yes} == {"Yes.", "Yes, I think so."}


def test_a_hint_of_danger_alone_makes_no_crisis():
    assert not in_crisis(profile(danger="hinted", context="casual"))
    assert in_crisis(profile(danger="none", context="crisis"))


def test_every_line_has_its_reply_and_no_slot_is_left():
    for seed in range(20):
        found = made(seed)
        assert set(lines_of(found.card).values()) <= set(found.replies)
        assert not any("{" in text for text in (*spoken(found.card), *found.replies.values()))


def test_the_same_seed_gives_the_same_card_and_another_seed_another():
    assert made(5) == made(5)
    assert made(5).card != by_templates(source(), profile(5), RUBRIC, seed=6)[0]


def test_what_the_plot_answers_is_not_answered_otherwise_by_the_life_around_it():
    for seed in range(20):
        card = made(seed).card
        goal = card.goals[0]
        plot = next(one for one in [made(seed).plot])
        own = {topic for line in (*plot.beats, *plot.elaborations) for topic in line.answers}
        told = {topic for line in card.lines.elaborate for topic in line.answers}
        assert own.isdisjoint(told), goal.id


def test_another_space_is_a_cause_and_no_error():
    assert by_templates(source(), profile().model_copy(update={"space": "other"}), RUBRIC, seed=1) == "other_space"
