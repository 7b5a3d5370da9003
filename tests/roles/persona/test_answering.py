from __future__ import annotations

import random

import pytest

from empa_graph.models.episode import PersonaState
from empa_graph.models.line import Beat
from empa_graph.models.persona import Scenario
from empa_graph.roles.persona.heard import Heard
from empa_graph.roles.persona.lines import fitting, line_for
from empa_graph.roles.persona.moves import Reaction, decide
from empa_graph.roles.persona.rule_persona import RulePersona
from tests.persona_parts import in_danger, with_lines
from tests.scripted_parts import asked, exchange

STATE = PersonaState(trust=0.9, openness=0.9)
ABOUT_MOTHER = {"text": "Mum is in the kitchen, with the radio on.", "answers": ["mother"], "id": "mum"}
BEAT = Beat(id="leonie", trust=0.1, text="Leonie got the flat, and I got the bill.")


def told(heard: Heard, state: PersonaState = STATE, *, near: bool = False, scenario: Scenario | None = None) -> str:
    """Return the id of what is said."""
    scenario = scenario or with_beat()
    decision = decide(Reaction(0.3, 0.0, state), scenario, near=near, draw=0.4, heard=heard)
    if decision.beat is not None:
        return decision.beat.id
    return line_for(decision.move, state, scenario, random.Random(0), heard=heard).id


def with_beat() -> Scenario:
    scenario = with_lines(elaborate=[ABOUT_MOTHER, "The bus was late.", "He never wrote to her, my father."])
    goal = scenario.goal.model_copy(
        update={"beats": (BEAT, BEAT.model_copy(update={"id": "bill"})), "elaborations": ()}
    )
    return Scenario(persona=scenario.persona.model_copy(update={"beats": ()}), goal=goal)


def test_a_ready_beat_waits_for_the_line_that_answers_what_was_asked() -> None:
    assert told(Heard("Is your mother with you?", topics=frozenset({"mother", "who_is_near"}), question=True)) == "mum"
    assert told(Heard("And then?", question=True)) == "leonie"


def test_a_line_about_what_was_asked_goes_before_a_beat_about_something_else() -> None:
    asked_after = Heard("What about your father?", topics=frozenset({"father"}), question=True)
    assert told(asked_after) == "call_home:elaborate:3"
    assert told(Heard("How do you feel?", topics=frozenset({"feeling"}), question=True)) == "leonie"


def test_near_the_end_what_is_asked_is_answered_first_and_nobody_settles_a_third_time() -> None:
    mother = Heard("And your mother?", topics=frozenset({"mother"}), question=True, moves=("settle",))
    assert told(mother, near=True) == "mum"
    plain = Heard("I see.", moves=("settle", "elaborate", "settle", "elaborate"))
    assert decide(Reaction(0.3, 0.0, STATE), with_beat(), near=True, draw=0.4, heard=plain).move == "disclose"
    once = plain._replace(moves=("settle", "elaborate"))
    assert decide(Reaction(0.3, 0.0, STATE), with_beat(), near=True, draw=0.4, heard=once).move == "settle"


def test_behind_accepted_help_a_question_is_answered_from_the_lines_that_answer_it() -> None:
    scenario = in_danger()
    said = {"text": "She said to come in.", "answers": ["what_happened"], "id": "she_said"}
    lines = scenario.goal.lines.model_validate(scenario.goal.lines.model_dump() | {"elaborate": [said]})
    helped = Scenario(persona=scenario.persona, goal=scenario.goal.model_copy(update={"lines": lines}))
    state = STATE.model_copy(update={"help_accepted": True, "whole_since": 1})
    question = Heard("What did she say?", topics=frozenset({"what_happened"}), question=True, moves=("has_called",))
    assert told(question, state, scenario=helped) == "she_said"


async def test_a_bare_question_about_who_is_near_is_answered_and_neither_accepted_nor_refused() -> None:
    scenario = in_danger()
    near = {"text": "My sister, two streets away.", "answers": ["who_is_near"], "id": "sister"}
    lines = scenario.goal.lines.model_validate(scenario.goal.lines.model_dump() | {"elaborate": [near]})
    scenario = Scenario(persona=scenario.persona, goal=scenario.goal.model_copy(update={"lines": lines}))
    state = PersonaState(trust=0.2, openness=0.2, help_accepted=False)
    write = await RulePersona(noise=0.0)(asked(exchange("Who is near you?", "I want to die."), state, scenario))
    assert write["messages"][0].line == "sister"
    offer = "Who is near you, and could they come and sit with you?"
    write = await RulePersona(noise=0.0)(asked(exchange(offer, "I want to die."), state, scenario))
    assert write["messages"][0].move == "refuse_help"


@pytest.mark.parametrize(
    ("heard", "spoken", "there"),
    [
        (Heard("So."), (), True),
        (Heard("So.", moves=("accept_help", "has_called")), (), False),
        (Heard("So.", moves=("disclose:leonie",)), (), True),
        (Heard("So."), ("call_home:soften:1",), False),
    ],
)
def test_a_line_is_not_said_after_the_lines_and_moves_that_bar_it(
    heard: Heard, spoken: tuple[str, ...], there: bool
) -> None:
    barred = {"text": "Nobody has rung anybody.", "not_after": ["has_called", "call_home:soften:1"]}
    scenario = with_lines(elaborate=[barred], soften=["That is fair."])
    state = STATE.model_copy(update={"spoken": spoken})
    found = {one.line.text for one in fitting("elaborate", state, scenario, heard=heard)}
    assert ("Nobody has rung anybody." in found) is there
