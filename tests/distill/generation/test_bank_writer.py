from __future__ import annotations

import json

from empa_graph.content.graded import lines_of
from empa_graph.content.library import load_rubric
from empa_graph.distill.generation.bank_writer import NUMBER, bank_writer
from empa_graph.distill.generation.generate import Written
from empa_graph.distill.generation.profiles import draw_profiles
from empa_graph.distill.generation.specification import Specification

SPEC = Specification.model_validate({"about": "An example.", "scenarios": 3, "candidates": 9})
PROFILES = draw_profiles(SPEC, load_rubric("sdt").space)
WRITTEN = [one for write in [bank_writer(SPEC)] for one in map(write, PROFILES)]
CARDS = [one for one in WRITTEN if isinstance(one, Written)]


def test_most_profiles_become_a_card_with_a_good_reply_to_each_line():
    assert len(CARDS) >= 6 and len({one.persona.id for one in CARDS}) == len(CARDS)
    for one in CARDS:
        assert {line.line for line in one.graded} == {*lines_of(one.persona)}


def test_a_card_has_what_its_profile_says():
    for profile, one in zip(PROFILES, WRITTEN, strict=True):
        if isinstance(one, Written):
            card = one.persona
            assert card.priorities.dominant == profile.needs[0] and card.empathy_threshold.level == profile.threshold
            assert (card.goals[0].context == "crisis") == (profile.context == "crisis")
            assert {name: note.value for name, note in card.goals[0].spaces["sdt"].start.items()} == profile.start


def test_nothing_says_that_it_was_marked_of_a_source():
    for one in CARDS:
        text = one.persona.model_dump_json()
        assert "source" not in json.dumps([part.reason for part in one.persona.preferences])
        assert "Marked" not in text and "of the source" not in text and NUMBER in text


def test_the_seed_writes_the_same_again():
    again = [one for write in [bank_writer(SPEC)] for one in map(write, PROFILES)]
    assert again == WRITTEN
