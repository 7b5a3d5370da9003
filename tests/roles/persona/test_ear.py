from __future__ import annotations

import pytest

from empa_graph.models.cue import CueName
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import PersonaState
from empa_graph.models.persona import Scenario
from empa_graph.roles.persona.heard import Heard, felt, heard
from empa_graph.roles.persona.rule_persona import RulePersona
from tests.persona_parts import in_danger, with_lines
from tests.scripted_parts import SCENARIO, agent, asked, cue, exchange, person

STATE = PersonaState(trust=0.15, openness=0.15)
STILL = RulePersona(noise=0.0)
SLIGHTS = (cue(CueName.INTERROGATION), cue(CueName.UNSPECIFIC), cue(CueName.OVERSHORT))
HURT = {"push_back", "deflect", "withdraw", "leave"}


def names(reply: Heard, state: PersonaState = STATE, scenario: Scenario = SCENARIO) -> set[CueName]:
    return {found.name for found in felt(reply, state, scenario)}


async def answers(replies: list[str], trust: float, scenario: Scenario = SCENARIO) -> list[str]:
    """Return the person's moves after each of ``replies``."""
    state, talk, moves = PersonaState(trust=trust, openness=trust), [person(1, "They moved my desk.")], []
    for turn, reply in enumerate(replies, start=1):
        talk.append(agent(turn, reply))
        write = await STILL(asked(list(talk), state, scenario))
        state = write["persona_state"]
        talk += write["messages"]
        moves.append(write["messages"][0].move or "")
    return moves


@pytest.mark.parametrize(
    "reply", ["What about your father?", "Do you sleep?", "How long were you on?", "That is a lot."]
)
@pytest.mark.parametrize("trust", [0.15, 0.4])
async def test_a_fair_short_question_or_kindness_is_no_hurt_by_its_length(reply: str, trust: float) -> None:
    assert not HURT & set(await answers([reply], trust))


async def test_three_fair_questions_in_a_row_drive_nobody_away() -> None:
    moves = await answers(["Do you sleep?", "What about your father?", "Since when?"], 0.15)
    assert not HURT & set(moves)


async def test_a_long_run_of_bare_questions_does() -> None:
    moves = await answers(["How does that make you feel?", "Why do you think that is?"] * 4, 0.15)
    assert HURT & set(moves)


def test_a_question_that_hurts_by_something_else_is_no_fair_one() -> None:
    judging = Heard("Whose fault is it?", cues=(*SLIGHTS, cue(CueName.JUDGING)), question=True, asking=1)
    assert names(judging) == {CueName.INTERROGATION, CueName.OVERSHORT, CueName.JUDGING}
    assert names(judging._replace(cues=SLIGHTS)) == set()
    assert names(judging._replace(cues=SLIGHTS, asking=4)) == {CueName.INTERROGATION, CueName.OVERSHORT}


def test_a_reply_that_would_fit_anyone_is_forgiven_once() -> None:
    once = Heard("I see.", cues=(cue(CueName.UNSPECIFIC),))
    assert names(once) == set()
    assert names(once._replace(habits=frozenset({CueName.UNSPECIFIC}))) == {CueName.UNSPECIFIC}


def test_few_words_to_few_are_no_slight_even_by_habit() -> None:
    brief = Heard("I can wait.", cues=SLIGHTS[1:], habits=frozenset({CueName.UNSPECIFIC}))
    assert names(brief) == {CueName.UNSPECIFIC, CueName.OVERSHORT}
    assert names(brief._replace(quiet=True)) == set()


def test_behind_accepted_help_only_what_is_grave_reaches_the_person() -> None:
    reply = Heard("Good.", cues=(*SLIGHTS, cue(CueName.REPETITION), cue(CueName.DISMISSING)))
    assert names(reply, STATE.model_copy(update={"help_accepted": True})) == {CueName.DISMISSING}


def test_habits_are_what_the_reply_before_held_and_runs_of_questions_are_counted() -> None:
    talk = [
        *exchange("You must make a list of it all."),
        person(2, "Must I."),
        agent(2, "Why?"),
        person(3, "So."),
        agent(3, "Since when?"),
    ]
    assert heard(asked(talk[:4])).habits >= {CueName.PREMATURE_ADVICE}
    assert heard(asked(talk)).asking == 2


async def test_silence_is_answered_as_silence_at_any_directness() -> None:
    lines = {"silence": ["Hello? Are you there?"], "any": ["No.", "Not so.", "Hm, no."]}
    write = await STILL(asked(exchange(""), PersonaState(trust=0.4, openness=0.4), with_lines(push_back=lines)))
    assert write["messages"][0].content == "Hello? Are you there?"


async def test_short_kindness_behind_accepted_help_brings_what_was_done() -> None:
    state = PersonaState(trust=0.1, openness=0.1, help_accepted=True, whole_since=1)
    opened = Message(turn=1, speaker="persona", content="I will ring the line.", move="accept_help")
    for reply in ("Good.", "Do it now.", "Thank you."):
        write = await STILL(asked([opened, agent(1, reply)], state, in_danger()))
        assert write["messages"][0].move == "has_called"
