from __future__ import annotations

import pytest

from empa_graph.models.episode import PersonaState
from empa_graph.roles.persona.lines import Spoken
from empa_graph.roles.persona.moves import Decision, Move, Reaction
from empa_graph.roles.persona.rule_persona import RulePersona, circled, remembered
from tests.scripted_parts import SCENARIO, FixedEmpathic, FixedEvaluator, sandbox

STATE = PersonaState(trust=0.5, openness=0.5)


def circles(*turns: tuple[Move, float]) -> PersonaState:
    state = STATE
    for move, pleasure in turns:
        state = circled(Reaction(pleasure, 0.0, state), Decision(move))
    return state


def test_two_thanks_in_a_row_for_nothing_new_exhaust_a_conversation() -> None:
    assert circles(("settle", 0.0)).ended is None
    assert circles(("settle", 0.0), ("soften", 0.2)).ended == "exhausted"


def test_settling_again_and_again_exhausts_it_too_whatever_is_said() -> None:
    assert circles(*[("settle", 0.9)] * 3).ended is None
    assert circles(*[("settle", 0.9)] * 4).ended == "exhausted"
    assert circles(*[("soften", 0.9)] * 9).ended is None


@pytest.mark.parametrize("between", [("disclose", 0.0), ("elaborate", 0.0), ("soften", 0.6)])
def test_something_new_between_them_opens_the_circle(between: tuple[Move, float]) -> None:
    assert circles(("settle", 0.0), between, ("settle", 0.0)).ended is None


def test_a_goodbye_is_remembered_as_the_end() -> None:
    assert remembered(STATE, Spoken("leave:1", "leave", "Bye.")).ended == "left"
    assert remembered(STATE, Spoken("hesitate:1", "hesitate", "Hm.")).ended is None


def test_a_beat_counts_as_told_and_any_other_line_as_spoken() -> None:
    assert remembered(STATE, Spoken("gate", "disclose", "The gate.")).told == ("gate",)
    assert remembered(STATE, Spoken("hesitate:1", "hesitate", "Hm.")).spoken == ("hesitate:1",)


@pytest.mark.parametrize(("before", "after"), [(False, True), (None, None)])
def test_only_who_can_accept_help_in_words_has_accepted_it(before: bool | None, after: bool | None) -> None:
    state = STATE.model_copy(update={"help_accepted": before})
    assert remembered(state, Spoken("accept_help:1", "accept_help", "I ring.")).help_accepted is after


async def test_a_dismissed_person_leaves_and_the_episode_is_scored_as_it_stands() -> None:
    hurtful = FixedEmpathic(lambda turn: f"You're overreacting, for the {turn}th time. Just get over it.")
    box = sandbox(persona=RulePersona(noise=0.0), empathic=hurtful, evaluator=FixedEvaluator((0.0,) * 4), max_turns=20)
    episode = await box.play(SCENARIO)
    assert (episode.ending, episode.failure) == ("left", None)
    assert episode.score is not None and episode.turns < 20
    assert [m.move for m in episode.messages if m.speaker == "persona"][-2:] == ["withdraw", "leave"]
