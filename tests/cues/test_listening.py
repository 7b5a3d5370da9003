from __future__ import annotations

import pytest

from empa_graph.cues import CueContext, detect, strength
from empa_graph.models.cue import CueName

ANGRY = CueContext(person=("I am so angry with my sister, she leaves our mother to me.",))


def measured(reply: str, name: CueName, context: CueContext = ANGRY) -> float:
    return strength(detect(reply, context), name)


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("You feel angry that it all falls to you.", CueName.NAMING_FEELING),
        ("You're really quite furious.", CueName.NAMING_FEELING),
        ("That must be so frustrating.", CueName.NAMING_FEELING),
        ("That makes a lot of sense.", CueName.VALIDATION),
        ("No wonder you snapped.", CueName.VALIDATION),
        ("Anyone in your place would feel that.", CueName.VALIDATION),
        ("I'm glad you told me.", CueName.WARMTH),
        ("I'm here with you.", CueName.WARMTH),
        ("It took courage to say that.", CueName.AFFIRMATION),
        ("You kept going through all of that.", CueName.AFFIRMATION),
        ("I'm so sorry to hear that.", CueName.STOCK_PHRASE),
        ("Everything happens for a reason.", CueName.STOCK_PHRASE),
    ],
)
def test_a_listening_cue_is_found(reply: str, name: CueName) -> None:
    assert measured(reply, name) >= 0.5


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        ("I'm not sure you are angry.", CueName.NAMING_FEELING),
        ("I feel angry too.", CueName.NAMING_FEELING),
        ("If you feel angry, count to ten.", CueName.NAMING_FEELING),
        ("The office opens at nine.", CueName.VALIDATION),
        ("I'm not glad you told me.", CueName.WARMTH),
        ("The train was late again.", CueName.AFFIRMATION),
        ("Your sister has gone and the days are long.", CueName.STOCK_PHRASE),
    ],
)
def test_a_listening_cue_is_not_seen_where_there_is_none(reply: str, name: CueName) -> None:
    assert measured(reply, name) == 0.0


def test_a_fitting_feeling_counts_more_than_its_opposite() -> None:
    fitting = measured("You feel furious.", CueName.NAMING_FEELING)
    assert fitting > 2 * measured("You feel happy.", CueName.NAMING_FEELING)


def test_general_hardship_names_a_feeling_only_weakly() -> None:
    hard = measured("That sounds really hard.", CueName.NAMING_FEELING)
    assert 0.0 < hard < 0.5 * measured("That sounds infuriating.", CueName.NAMING_FEELING)


def test_a_stock_phrase_weighs_less_in_a_reply_of_substance() -> None:
    bare = measured("I'm so sorry to hear that.", CueName.STOCK_PHRASE)
    full = measured(
        "I'm so sorry to hear that. Your sister left you with the nights, the pills and the phone calls, "
        "and nobody has asked what that does to your own work.",
        CueName.STOCK_PHRASE,
    )
    assert bare == 1.0
    assert full < 0.5
