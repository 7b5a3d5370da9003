from __future__ import annotations

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.models.cue import CueName
from empa_graph.models.persona import Persona, Scenario
from empa_graph.study.perturb.card import Order, order, with_card_flipped, with_priorities_flipped
from empa_graph.study.perturb.trial import need_of
from tests.scripted_parts import SCENARIO

LAWYER = find_scenarios(["asylum_lawyer"])[0]
SERVED = need_of(load_rubric())


def priorities(persona: Persona) -> tuple[float, float, float]:
    given = persona.priorities
    return given.cognitive.value, given.affective.value, given.motivational.value


def weighing(*weights: float, scenario: Scenario = SCENARIO) -> Persona:
    old = scenario.persona.priorities
    needs = zip(("cognitive", "affective", "motivational"), weights, strict=True)
    changed = {need: getattr(old, need).model_copy(update={"value": weight}) for need, weight in needs}
    return scenario.persona.model_copy(update={"priorities": old.model_copy(update=changed)})


def test_the_first_and_the_last_need_change_weights_and_nothing_else_does():
    flipped = with_priorities_flipped(SCENARIO.persona)
    assert flipped is not None
    assert (priorities(SCENARIO.persona), priorities(flipped)) == ((0.2, 0.5, 0.3), (0.5, 0.2, 0.3))
    assert flipped.model_copy(update={"priorities": SCENARIO.persona.priorities}) == SCENARIO.persona


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        ((0.2, 0.5, 0.3), Order("affective", "cognitive")),
        ((0.4, 0.4, 0.2), Order("cognitive", "motivational")),
        ((0.5, 0.25, 0.25), Order("cognitive", "motivational")),
        ((0.4, 0.2, 0.4), Order("cognitive", "affective")),
    ],
)
def test_of_needs_that_tie_the_outer_one_counts(weights: tuple[float, float, float], expected: Order):
    assert order(weighing(*weights)) == expected


def test_a_card_whose_needs_weigh_the_same_cannot_be_flipped():
    persona = weighing(1 / 3, 1 / 3, 1 / 3)
    assert (with_priorities_flipped(persona), with_card_flipped(persona, SERVED)) == (None, None)


def test_a_flipped_card_turns_the_tastes_that_belong_to_the_order():
    flipped = with_card_flipped(LAWYER.persona, SERVED)
    assert flipped is not None
    likes = {liked.cue.value: liked.weight for liked in flipped.preferences}
    dislikes = {disliked.cue.value: disliked.weight for disliked in flipped.anti_preferences}
    assert likes == {
        "naming_feeling": 0.5, "autonomy_support": 0.4, "style_match": 0.3, "concrete_help": 0.6, "affirmation": 0.6,
    }  # fmt: skip
    assert dislikes == {"reflection": 0.8, "open_question": 0.6, "self_turning": 0.4, "anti_phrase": 0.9}
    assert Persona.model_validate(flipped.model_dump()) == flipped


def test_no_flip_makes_a_like_of_an_adverse_cue_or_touches_the_safe_hand_off():
    for scenario in find_scenarios(["all"]):
        flipped = with_card_flipped(scenario.persona, SERVED)
        assert flipped is not None
        assert (
            not {liked.cue for liked in flipped.preferences} - set(SERVED) - {CueName.STYLE_MATCH, CueName.SAFE_HANDOFF}
        )
        assert CueName.SAFE_HANDOFF not in {disliked.cue for disliked in flipped.anti_preferences}
