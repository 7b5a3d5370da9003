from __future__ import annotations

import pytest

from empa_graph.content.library import find_scenarios
from empa_graph.models.cue import CueName
from empa_graph.models.episode import PersonaState
from empa_graph.models.persona import Scenario
from empa_graph.roles.persona.heard import Heard
from empa_graph.roles.persona.lines import next_beat, untold
from empa_graph.roles.persona.moves import (
    DEFAULT_AVERSION,
    DEFAULT_LIKING,
    START_TRUST,
    TRUST_GAIN,
    TRUST_LOSS,
    Reaction,
    Steering,
    decide,
    opening_state,
    react,
    sensitivities,
)
from tests.scripted_parts import SCENARIO, cue

NURSE = SCENARIO.persona
STATE = PersonaState(trust=0.4, openness=0.4)
WITHDREW = Heard(text="Hm.", moves=("withdraw",))
(WELDER,) = find_scenarios(["retired_welder/speak_of_her"])
(DAUGHTER,) = find_scenarios(["caring_daughter/reduce_stress"])
REFLECTION = cue(CueName.REFLECTION)


def reaction(*, pleasure: float = 0.0, displeasure: float = 0.0, trust: float = 0.1, openness: float = 0.5) -> Reaction:
    return Reaction(pleasure, displeasure, PersonaState(trust=trust, openness=openness))


def test_the_opening_trust_is_that_of_the_empathy_threshold() -> None:
    assert opening_state(SCENARIO) == PersonaState(trust=START_TRUST["medium"], openness=START_TRUST["medium"])


def test_a_card_sets_its_own_sensitivities_and_leaves_the_rest_at_the_default() -> None:
    felt = sensitivities(NURSE)
    assert felt[CueName.REFLECTION] == 0.7
    assert felt[CueName.PREMATURE_ADVICE] == -0.6
    assert felt[CueName.AFFIRMATION] == DEFAULT_LIKING
    assert felt[CueName.JUDGING] == -DEFAULT_AVERSION
    assert set(felt) == set(CueName)


def test_trust_rises_by_a_liked_cue_in_proportion_to_the_trust_that_is_missing() -> None:
    after = react(STATE, [REFLECTION], NURSE)
    assert after.pleasure == pytest.approx(0.7)
    assert after.state.trust == pytest.approx(0.4 + TRUST_GAIN * 0.7 * 0.6)


def test_trust_falls_by_an_anti_preference() -> None:
    after = react(STATE, [cue(CueName.PREMATURE_ADVICE, 0.5)], NURSE)
    assert after.displeasure == pytest.approx(0.3)
    assert after.state.trust == pytest.approx(0.4 - TRUST_LOSS * 0.3)


def test_a_phrase_this_person_cannot_stand_costs_more_than_a_stock_phrase() -> None:
    phrase = react(STATE, [cue(CueName.ANTI_PHRASE)], NURSE)
    stock = react(STATE, [cue(CueName.STOCK_PHRASE)], NURSE)
    assert phrase.state.trust < stock.state.trust < STATE.trust


def test_the_same_cue_again_pleases_less() -> None:
    first = react(STATE, [REFLECTION], NURSE)
    second = react(first.state, [REFLECTION], NURSE)
    assert second.pleasure == pytest.approx(first.pleasure / 1.25)


def test_displeasure_does_not_wear_off() -> None:
    first = react(STATE, [cue(CueName.JUDGING)], NURSE)
    assert react(first.state, [cue(CueName.JUDGING)], NURSE).displeasure == first.displeasure


@pytest.mark.parametrize(("scenario", "let_in"), [(WELDER, 0.4), (SCENARIO, 0.7), (DAUGHTER, 1.0)])
def test_comfort_alone_is_let_in_as_far_as_the_threshold_allows(scenario: Scenario, let_in: float) -> None:
    liking = sensitivities(scenario.persona)[CueName.VALIDATION]
    assert liking > 0
    assert react(STATE, [cue(CueName.VALIDATION)], scenario.persona).pleasure == pytest.approx(liking * let_in)


def test_comfort_beside_understanding_is_let_in_in_full() -> None:
    alone = react(STATE, [cue(CueName.WARMTH)], NURSE).pleasure
    understood = react(STATE, [cue(CueName.WARMTH), REFLECTION], NURSE).pleasure
    assert alone == pytest.approx(0.6 * 0.7)
    assert understood == pytest.approx(0.6 + 0.7)


@pytest.mark.parametrize(("jitter", "trust"), [(5.0, 1.0), (-5.0, 0.0)])
def test_trust_stays_between_0_and_1(jitter: float, trust: float) -> None:
    assert react(STATE, [], NURSE, jitter=jitter).state.trust == trust


def test_a_reaction_leaves_the_state_before_it_alone() -> None:
    before = STATE.model_dump_json()
    react(STATE, [REFLECTION], NURSE)
    assert STATE.model_dump_json() == before


@pytest.mark.parametrize(("trust", "told"), [(0.29, None), (0.30, "blue_gate"), (1.0, "blue_gate")])
def test_a_beat_is_told_from_its_trust_on_and_the_least_private_first(trust: float, told: str | None) -> None:
    beat = next_beat(PersonaState(trust=trust, openness=0.5, told=("fifteenth",)), SCENARIO)
    assert (beat.id if beat else None) == told


def test_each_beat_is_told_once() -> None:
    state, told = PersonaState(trust=1.0, openness=1.0), []
    while (beat := next_beat(state, SCENARIO)) is not None:
        told.append(beat.id)
        state = state.model_copy(update={"told": tuple(told)})
    assert sorted(told) == sorted(beat.id for beat in (*NURSE.beats, *SCENARIO.goal.beats))


@pytest.mark.parametrize(("draw", "move"), [(0.34, "push_back"), (0.35, "deflect")])
def test_a_hurt_person_pushes_back_as_far_as_they_are_direct(draw: float, move: str) -> None:
    assert decide(reaction(displeasure=0.5), SCENARIO, near=False, draw=draw).move == move


def test_a_hurt_person_without_trust_withdraws() -> None:
    assert decide(reaction(displeasure=0.5, trust=0.05), SCENARIO, near=True, draw=0.5).move == "withdraw"


def test_what_pleases_more_than_it_hurts_is_not_answered_as_a_hurt() -> None:
    assert decide(reaction(displeasure=0.5, pleasure=0.6), SCENARIO, near=False, draw=0.5).move == "elaborate"


def test_near_the_target_the_person_settles_even_with_something_left_to_tell() -> None:
    assert decide(reaction(trust=0.9), SCENARIO, near=True, draw=0.5).move == "settle"


def test_enough_trust_discloses_the_next_beat() -> None:
    decision = decide(reaction(trust=0.3), SCENARIO, near=False, draw=0.5)
    assert (decision.move, decision.beat) == ("disclose", next_beat(STATE, SCENARIO))


@pytest.mark.parametrize(
    ("pleasure", "openness", "draw", "move"),
    [
        (1.0, 0.5, 0.4, "soften"),
        (1.0, 0.5, 0.6, "elaborate"),
        (0.3, 0.0, 0.9, "elaborate"),
        (0.0, 0.5, 0.4, "elaborate"),
        (0.0, 0.5, 0.6, "hesitate"),
    ],
)
def test_otherwise_pleasure_openness_and_the_draw_decide(
    pleasure: float, openness: float, draw: float, move: str
) -> None:
    struck = reaction(pleasure=pleasure, openness=openness)
    assert decide(struck, SCENARIO, near=False, draw=draw).move == move


@pytest.mark.parametrize(("trust", "move"), [(0.21, "leave"), (0.22, "elaborate")])
def test_who_withdrew_comes_back_with_as_much_trust_as_at_the_start(trust: float, move: str) -> None:
    struck = reaction(pleasure=0.5, trust=trust)
    assert decide(struck, SCENARIO, near=False, draw=0.5, heard=WITHDREW).move == move


def test_who_withdrew_neither_settles_nor_obeys_nor_fights_back() -> None:
    asked = Steering(beat=SCENARIO.goal.beats[0])
    for struck in (reaction(trust=0.1), reaction(trust=0.1, displeasure=0.9)):
        assert decide(struck, SCENARIO, near=True, draw=0.1, heard=WITHDREW, steering=asked).move == "leave"


def test_a_memory_is_released_whatever_trust_it_asks_for_and_before_a_strategy() -> None:
    beat = max(SCENARIO.goal.beats, key=lambda beat: beat.trust)
    decision = decide(reaction(trust=0.1), SCENARIO, near=True, draw=0.5, steering=Steering(beat=beat, move="deflect"))
    assert (decision.move, decision.beat) == ("disclose", beat)


def test_a_strategy_goes_before_settling_and_before_a_disclosure() -> None:
    for near in (True, False):
        decision = decide(reaction(trust=0.9), SCENARIO, near=near, draw=0.5, steering=Steering(move="soften"))
        assert decision[:2] == ("soften", None)


@pytest.mark.parametrize(("trust", "move"), [(0.3, "push_back"), (0.05, "withdraw")])
def test_a_hurt_person_answers_the_hurt_and_not_the_director(trust: float, move: str) -> None:
    asked = Steering(beat=SCENARIO.goal.beats[0], move="soften")
    assert decide(reaction(displeasure=0.5, trust=trust), SCENARIO, near=False, draw=0.1, steering=asked).move == move


def test_steering_can_hold_back_or_ease_what_the_person_tells_of_their_own_accord() -> None:
    held, eased = Steering(may_disclose=False), Steering(ease=0.1)
    assert decide(reaction(trust=0.9), SCENARIO, near=False, draw=0.5, steering=held).move == "hesitate"
    least = min(beat.trust for beat in untold(STATE, SCENARIO))
    almost = reaction(trust=least - 0.09)
    assert decide(almost, SCENARIO, near=False, draw=0.5).move == "hesitate"
    assert decide(almost, SCENARIO, near=False, draw=0.5, steering=eased).move == "disclose"


def test_to_be_urged_to_harm_hurts_anybody_past_going_on() -> None:
    reaction = react(opening_state(SCENARIO), [cue(CueName.INCITING)], SCENARIO.persona)
    assert decide(reaction, SCENARIO, near=False, draw=0.99).move in {"deflect", "withdraw"}
