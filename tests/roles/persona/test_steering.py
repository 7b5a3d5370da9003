from __future__ import annotations

import pytest

from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Action, Directive
from empa_graph.models.episode import PersonaState
from empa_graph.models.persona import Scenario
from empa_graph.roles.persona.moves import FREE, Steering
from empa_graph.roles.persona.steering import QUICK_EASE, last_move, steering
from tests.scripted_parts import SCENARIO, agent

BEAT = SCENARIO.goal.beats[-1]
STATE = PersonaState(trust=0.2, openness=0.2)


def directive(action: Action, argument: str = "", turn: int = 2) -> Directive:
    return Directive(turn=turn, author="director", action=action, argument=argument, reason="scripted")


def asked(*directives: Directive, move: str = "elaborate", state: PersonaState = STATE) -> Steering:
    """What ``directives`` ask of turn 3, after the person made ``move`` at turn 2."""
    messages = [Message(turn=2, speaker="persona", content="Hm.", move=move), agent(2, "I see.")]
    return steering(directives, messages, state, SCENARIO)


def test_without_directives_or_before_the_first_message_the_person_is_free() -> None:
    assert asked() == FREE
    assert steering([directive("shift_strategy", "soften")], [], STATE, SCENARIO) == FREE


def test_a_memory_and_a_strategy_hold_for_the_next_message_only() -> None:
    memory, strategy = directive("release_memory", BEAT.id), directive("shift_strategy", "soften")
    assert asked(memory).beat == BEAT
    assert asked(strategy).move == "soften"
    late = [d.model_copy(update={"turn": 1}) for d in (memory, strategy)]
    assert asked(*late) == FREE


def test_of_two_strategies_for_one_message_the_later_counts() -> None:
    assert asked(directive("shift_strategy", "soften"), directive("shift_strategy", "deflect")).move == "deflect"


def test_a_memory_that_is_told_or_unknown_is_ignored() -> None:
    told = STATE.model_copy(update={"told": (BEAT.id,)})
    assert asked(directive("release_memory", BEAT.id), state=told) == FREE
    assert asked(directive("release_memory", "no_such_beat")) == FREE


def test_a_memory_that_needs_what_was_not_said_is_ignored() -> None:
    beats = (BEAT.model_copy(update={"needs": ("call_home:open:1",)}),)
    scenario = Scenario(persona=SCENARIO.persona, goal=SCENARIO.goal.model_copy(update={"beats": beats}))
    messages = [Message(turn=2, speaker="persona", content="Hm."), agent(2, "I see.")]
    memory = [directive("release_memory", BEAT.id)]
    assert steering(memory, messages, STATE, scenario) == FREE
    opened = STATE.model_copy(update={"spoken": ("call_home:open:1",)})
    assert steering(memory, messages, opened, scenario).beat == beats[0]


@pytest.mark.parametrize("move", ["withdraw", "settle", "disclose", "open", "dance", ""])
def test_a_move_that_is_no_strategy_of_a_director_is_ignored(move: str) -> None:
    assert asked(directive("shift_strategy", move)) == FREE


def test_a_slow_pace_keeps_the_person_from_telling_two_beats_in_a_row() -> None:
    slow = directive("change_pace", "slow", turn=1)
    assert not asked(slow, move="disclose:pencil").may_disclose
    assert asked(slow, move="elaborate").may_disclose


def test_a_quick_pace_eases_every_beat() -> None:
    assert asked(directive("change_pace", "quick", turn=1)) == Steering(ease=QUICK_EASE)


def test_a_pace_holds_until_another_is_asked_for_and_an_unknown_one_changes_nothing() -> None:
    quick, odd = directive("change_pace", "quick", turn=1), directive("change_pace", "frantic")
    assert asked(quick, odd, directive("shift_strategy", "soften")).ease == QUICK_EASE
    assert asked(quick, directive("change_pace", "normal")) == FREE


def test_the_end_asks_nothing_of_the_person() -> None:
    assert asked(directive("end")) == FREE


def test_the_last_move_is_that_of_the_person() -> None:
    messages = [Message(turn=1, speaker="persona", content="Hm.", move="open"), agent(1, "Yes."), agent(1, "And?")]
    assert (last_move(messages), last_move([])) == ("open", "")
