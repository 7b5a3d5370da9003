from __future__ import annotations

from collections.abc import Sequence

import pytest

from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Action, Directive
from empa_graph.models.episode import PersonaState
from empa_graph.models.line import Line
from empa_graph.roles.persona.moves import Decision
from empa_graph.roles.persona.rule_persona import CardVoice, RulePersona
from empa_graph.roles.views import PersonaView
from tests.scripted_parts import SCENARIO, agent, asked, exchange

TRUSTING = PersonaState(trust=0.9, openness=0.9)
KIND = "A desk in the corridor, and nobody told you. What was it like to find it there?"
STILL = RulePersona(noise=0.0)
BEATS = {f"disclose:{beat.id}": beat for beat in (*SCENARIO.goal.beats, *SCENARIO.persona.beats)}


def texts(lines: Sequence[Line]) -> set[str]:
    return {line.text for line in lines}


class Shouting:
    name = "shouting"

    async def say(self, line: str, decision: Decision, view: PersonaView) -> str:
        return line.upper()


async def test_the_first_message_is_an_opening_of_the_goal() -> None:
    write = await STILL(asked([]))
    (message,) = write["messages"]
    assert message.content in texts(SCENARIO.goal.openings)
    assert (message.turn, message.speaker, message.move) == (1, "persona", "open")


async def test_the_opening_tells_no_beat_and_starts_from_the_opening_trust() -> None:
    state = (await STILL(asked([])))["persona_state"]
    assert (state.trust, state.told) == (0.22, ())


async def test_a_disclosure_says_the_text_of_its_beat_and_remembers_it() -> None:
    write = await STILL(asked(exchange(KIND), TRUSTING))
    beat = BEATS[write["messages"][0].move or ""]
    assert write["messages"][0].content == beat.text
    assert write["persona_state"].told == (beat.id,)


async def test_no_beat_is_disclosed_below_its_trust() -> None:
    write = await STILL(asked(exchange("Hm."), PersonaState(trust=0.1, openness=0.1)))
    assert (write["messages"][0].move or "") not in BEATS
    assert write["persona_state"].told == ()


async def test_a_beat_told_before_is_not_told_again() -> None:
    state, told = TRUSTING, []
    for _ in BEATS:
        write = await STILL(asked(exchange(KIND), state))
        state = write["persona_state"].model_copy(update={"trust": 0.9})
        told.append(write["messages"][0].move)
    after = await STILL(asked(exchange(KIND), state))
    assert sorted(map(str, told)) == sorted(BEATS)
    assert after["messages"][0].move not in BEATS


async def test_a_dismissal_lowers_trust_and_a_fitting_reply_raises_it() -> None:
    middle = PersonaState(trust=0.2, openness=0.2)
    hurt = await STILL(asked(exchange("You're overreacting. Just get over it."), middle))
    met = await STILL(asked(exchange(KIND), middle))
    assert hurt["persona_state"].trust < 0.2 < met["persona_state"].trust
    assert hurt["messages"][0].move in ("push_back", "deflect", "withdraw")


async def test_without_noise_the_seed_changes_nothing() -> None:
    writes = [await STILL(asked(exchange(KIND), PersonaState(trust=0.1, openness=0.5), seed=s)) for s in range(8)]
    assert all(write == writes[0] for write in writes)


async def test_with_noise_the_seed_decides_and_the_same_seed_decides_the_same() -> None:
    noisy = RulePersona(noise=0.02)
    trusts = [(await noisy(asked(exchange(KIND), TRUSTING, seed=seed)))["persona_state"].trust for seed in (1, 1, 2, 3)]
    assert trusts[0] == trusts[1]
    assert len(set(trusts)) == 3


async def test_at_the_target_the_person_settles() -> None:
    view = PersonaView(**(asked(exchange(KIND), TRUSTING) | {"remaining": 0.0}))
    message = (await STILL(view))["messages"][0]
    assert message.move == "settle"
    assert message.content in texts(SCENARIO.persona.lines.settle)


async def test_a_voice_words_what_was_decided() -> None:
    plain = await RulePersona(voice=CardVoice(), noise=0.0)(asked([]))
    loud = await RulePersona(voice=Shouting(), noise=0.0)(asked([]))
    assert loud["messages"][0].content == plain["messages"][0].content.upper()
    assert loud["persona_state"] == plain["persona_state"]


def directed(action: Action, argument: str, *, reply: str = KIND, turn: int = 1) -> PersonaView:
    found = Directive(turn=turn, author="director", action=action, argument=argument, reason="scripted")
    state = PersonaState(trust=0.15, openness=0.15)
    return PersonaView(**(asked(exchange(reply), state, seed=3) | {"directives": [found]}))


async def test_a_released_memory_is_told_next_and_counts_as_told() -> None:
    beat = max(SCENARIO.goal.beats, key=lambda beat: beat.trust)
    write = await STILL(directed("release_memory", beat.id))
    assert (write["messages"][0].content, write["messages"][0].move) == (beat.text, f"disclose:{beat.id}")
    assert write["persona_state"].told == (beat.id,)


async def test_a_strategy_is_spoken_with_a_line_of_the_card() -> None:
    message = (await STILL(directed("shift_strategy", "deflect")))["messages"][0]
    assert message.move == "deflect"
    assert message.content in texts(SCENARIO.persona.lines.deflect)


async def test_a_hurt_person_does_not_follow_the_director() -> None:
    hurt = "You're overreacting. Just get over it. Others have it much worse."
    message = (await STILL(directed("shift_strategy", "soften", reply=hurt)))["messages"][0]
    assert message.move in ("push_back", "deflect", "withdraw")


@pytest.mark.parametrize("noise", [0.0, 0.05])
@pytest.mark.parametrize(
    ("action", "argument", "turn"),
    [("release_memory", "no_such_beat", 1), ("shift_strategy", "deflect", 9), ("change_pace", "normal", 1)],
)
async def test_a_directive_without_effect_leaves_words_state_and_draws_alone(
    noise: float, action: Action, argument: str, turn: int
) -> None:
    view, persona = directed(action, argument, turn=turn), RulePersona(noise=noise)
    assert await persona(view) == await persona(PersonaView(**(view | {"directives": []})))


@pytest.mark.parametrize(("trust", "gone"), [(0.0, True), (0.1, True), (0.5, False)])
async def test_who_withdrew_takes_leave_unless_trust_is_back(trust: float, gone: bool) -> None:
    bye = Message(turn=3, speaker="persona", content="I'll let you go.", move="withdraw")
    state = PersonaState(trust=trust, openness=trust, spoken=("withdraw:1",))
    write = await STILL(asked([bye, agent(3, KIND)], state))
    message = write["messages"][0]
    assert (message.move == "leave") == (write["persona_state"].ended == "left") == gone
    assert (message.content in texts(SCENARIO.persona.lines.withdraw[1:])) == gone


async def test_a_message_carries_the_move_and_the_id_of_its_line() -> None:
    (message,) = (await STILL(asked([])))["messages"]
    assert (message.move, message.line) in {("open", f"call_home:open:{n}") for n in (1, 2, 3)}
    (told,) = (await STILL(asked(exchange(KIND), TRUSTING)))["messages"]
    assert told.move == f"disclose:{told.line}"
