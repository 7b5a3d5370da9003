from __future__ import annotations

import asyncio
import signal
from collections.abc import Sequence
from typing import Any, TypedDict, get_type_hints

import pytest
from langgraph.types import Command, Overwrite

from empa_graph.errors import CONDUCT, ProviderError, RoleError
from empa_graph.graph.node import seat
from empa_graph.llm import Completion, Prompt, ScriptedChat
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Note
from empa_graph.models.latent import LatentState, Step
from empa_graph.roles.empathic.agents import ChatEmpathic
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.persona.voice import ModelVoice
from empa_graph.roles.redaction import load_redaction, redacted_speaker
from empa_graph.roles.views import (
    EmpathicView,
    EmpathicWrite,
    EvaluatorView,
    EvaluatorWrite,
    ObserverView,
    ObserverWrite,
    PersonaView,
    PersonaWrite,
    Role,
)
from tests.scripted_parts import RUBRIC, UNMOVED, agent, exchange, opening, person, started, step

STATE: Any = started(instructions="Be brief.", seed=3) | {"messages": [person(1, "Hello.")]}


class LatentView(TypedDict):
    messages: list[Message]
    latent: LatentState


class PositionView(TypedDict):
    messages: list[Message]
    position: tuple[float, ...]


class CardView(TypedDict):
    messages: list[Message]
    scenario: Any


class UnknownView(TypedDict):
    mind: str


class LatentWrite(TypedDict):
    latent: Step


class ScoreWrite(TypedDict):
    score: Any


def giving(write: object) -> Role:
    """An empathic role that returns ``write``, whatever its annotation says."""

    async def role(view: EmpathicView) -> EmpathicWrite:
        return write  # type: ignore[return-value]  # what a careless author may return

    return role


def judging(write: object) -> Role:
    async def role(view: EvaluatorView) -> EvaluatorWrite:
        return write  # type: ignore[return-value]  # what a careless author may return

    return role


def speaking(write: object) -> Role:
    async def role(view: PersonaView) -> PersonaWrite:
        return write  # type: ignore[return-value]  # what a careless author may return

    return role


def observing(write: object) -> Role:
    async def role(view: ObserverView) -> ObserverWrite:
        return write  # type: ignore[return-value]  # what a careless author may return

    return role


async def test_the_empathic_role_is_given_the_messages_its_instructions_and_the_seed() -> None:
    seen: dict[str, Any] = {}

    async def spy(view: EmpathicView) -> EmpathicWrite:
        seen.update(view)
        return EmpathicWrite(messages=[agent(1, "Yes.")])

    await seat("empathic", spy).node(STATE)
    assert seen == {"messages": [person(1, "Hello.")], "instructions": "Be brief.", "seed": 3}


def test_the_graph_hands_the_empathic_node_no_other_channel() -> None:
    schema = seat("empathic", ScriptedEmpathic("silent")).schema
    assert set(get_type_hints(schema)) == {"messages", "instructions", "seed", "ended"}


@pytest.mark.parametrize(
    ("view", "hidden"), [(LatentView, "latent"), (PositionView, "position"), (CardView, "scenario")]
)
def test_the_empathic_role_cannot_ask_for_what_is_hidden_from_it(view: type, hidden: str) -> None:
    async def role(view: Any) -> EmpathicWrite:
        return EmpathicWrite(messages=[])

    role.__annotations__["view"] = view
    with pytest.raises(RoleError, match=f"'empathic' sees '{hidden}'; allowed are instructions, messages, seed"):
        seat("empathic", role)


def test_a_view_of_an_unknown_channel_is_refused() -> None:
    async def role(view: UnknownView) -> EvaluatorWrite:
        return EvaluatorWrite(latent=step(1, UNMOVED))

    with pytest.raises(RoleError, match="sees 'mind'"):
        seat("evaluator", role)


@pytest.mark.parametrize("name", ["persona", "empathic", "director"])
def test_nobody_but_the_evaluator_may_announce_an_increment(name: str) -> None:
    async def role(view: EmpathicView) -> LatentWrite:
        return LatentWrite(latent=step(1, UNMOVED))

    with pytest.raises(RoleError, match=f"'{name}' writes 'latent'"):
        seat(name, role)


@pytest.mark.parametrize(("name", "make"), [("persona", speaking), ("empathic", giving), ("director", observing)])
async def test_nobody_but_the_evaluator_can_write_an_increment(name: str, make: Any) -> None:
    node = seat(name, make({"latent": step(1, (0.1,) * 4)})).node
    with pytest.raises(RoleError, match="wrote 'latent', which it does not own"):
        await node(STATE | {"messages": []})


@pytest.mark.parametrize("name", ["persona", "empathic", "evaluator", "director"])
def test_no_role_writes_the_score(name: str) -> None:
    async def role(view: EmpathicView) -> ScoreWrite:
        return ScoreWrite(score=None)

    with pytest.raises(RoleError, match="writes 'score'"):
        seat(name, role)


async def bare(view):  # type: ignore[no-untyped-def]
    return {"messages": []}


async def half(view: EmpathicView):  # type: ignore[no-untyped-def]  # the point of the test
    return {"messages": []}


async def loose(view: dict[str, Any]) -> dict[str, Any]:
    return view


async def misspelt(view: EmpathicVeiw) -> EmpathicWrite:  # type: ignore[name-defined]  # noqa: F821 - a typo
    return EmpathicWrite(messages=[])


async def two_views(view: EmpathicView, other: EmpathicView) -> EmpathicWrite:
    return EmpathicWrite(messages=[])


@pytest.mark.parametrize("role", [bare, half, loose, misspelt, two_views, lambda view: view, print])
def test_a_role_without_readable_annotations_is_refused(role: Role) -> None:
    with pytest.raises(RoleError, match=r"annotat"):
        seat("empathic", role)


@pytest.mark.parametrize(
    "write",
    [
        None,
        [agent(1, "Yes.")],
        Command(update={"latent": opening()}),
        {"messages": []},
        {},
        {"messages": "Yes."},
        {"messages": (agent(1, "Yes."),)},
        {"messages": ["Yes."]},
        {"messages": Overwrite([agent(1, "Yes.")])},
        {"messages": {"__overwrite__": [agent(1, "Yes.")]}},
    ],
)
async def test_a_write_that_is_no_message_of_the_agent_is_its_role_error(write: object) -> None:
    with pytest.raises(RoleError) as caught:
        await seat("empathic", giving(write)).node(STATE)
    assert caught.value.blame == "empathic"


@pytest.mark.parametrize(
    "write",
    [
        {},
        {"latent": opening(start=0.5)},
        {"latent": Overwrite(opening(start=0.5))},
        {"latent": {"__overwrite__": opening(start=0.5)}},
        {"latent": (0.1,) * 4},
        {"latent": None},
    ],
)
async def test_the_evaluator_writes_steps_and_never_a_start_state(write: object) -> None:
    with pytest.raises(RoleError) as caught:
        await seat("evaluator", judging(write)).node(STATE)
    assert caught.value.blame == "evaluator"


async def test_the_agent_cannot_speak_for_the_person() -> None:
    with pytest.raises(RoleError, match="'empathic' spoke as 'persona'") as caught:
        await seat("empathic", giving({"messages": [agent(1, "So?"), person(1, "I am healed.")]})).node(STATE)
    assert caught.value.blame == "empathic"


async def test_the_persona_cannot_speak_for_the_agent() -> None:
    with pytest.raises(RoleError, match="'persona' spoke as 'empathic'") as caught:
        await seat("persona", speaking({"messages": [agent(1, "I am kind.")]})).node(STATE)
    assert caught.value.blame == "persona"


async def test_a_role_cannot_change_what_was_said_before() -> None:
    async def forger(view: EmpathicView) -> EmpathicWrite:
        view["messages"].clear()
        return EmpathicWrite(messages=[agent(1, "Yes.")])

    state = STATE | {"messages": [person(1, "Hello.")]}
    await seat("empathic", forger).node(state)
    assert state["messages"] == [person(1, "Hello.")]


async def test_the_persona_sees_where_the_path_stands_and_not_the_path() -> None:
    seen: dict[str, Any] = {}

    async def spy(view: PersonaView) -> PersonaWrite:
        seen.update(view)
        return await RulePersona(noise=0.0)(view)

    await seat("persona", spy).node(STATE | {"messages": []})
    assert set(seen) == {"scenario", "messages", "persona_state", "position", "remaining", "directives", "seed"}
    assert seen["position"] == STATE["latent"].position


async def test_an_extra_role_writes_notes_and_nothing_else() -> None:
    note = Note(author="director", turn=1, content="calm")
    assert await seat("director", observing({"notes": [note]})).node(STATE) == {"notes": [note]}
    with pytest.raises(RoleError, match="'messages', which it does not own"):
        await seat("director", observing({"messages": [agent(1, "Yes.")]})).node(STATE)


@pytest.mark.parametrize(
    ("name", "blame"),
    [("persona", "persona"), ("empathic", "empathic"), ("evaluator", "evaluator"), ("director", "us")],
)
async def test_what_a_role_raises_is_blamed_on_its_seat(name: str, blame: str) -> None:
    class Crashing:
        async def __call__(self, view: EmpathicView) -> EmpathicWrite:
            raise KeyError("reply")

    writes = {"persona": PersonaWrite, "evaluator": EvaluatorWrite, "director": ObserverWrite}
    Crashing.__call__.__annotations__["return"] = writes.get(name, EmpathicWrite)
    if name == "persona":
        Crashing.__call__.__annotations__["view"] = PersonaView
    with pytest.raises(RoleError, match=rf"{name} failed: KeyError at \S*test_node\.py:\d+: 'reply'") as caught:
        await seat(name, Crashing()).node(STATE)
    assert (caught.value.blame, caught.value.kind) == (blame, "role_crashed")


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(3),
        StopIteration(),
        asyncio.CancelledError("my own task"),
        KeyboardInterrupt(),
        GeneratorExit(),
    ],
)
async def test_a_role_that_wants_to_end_more_than_itself_has_crashed(error: BaseException) -> None:
    async def ending(view: EmpathicView) -> EmpathicWrite:
        raise error

    with pytest.raises(RoleError, match="empathic failed: ") as caught:
        await seat("empathic", ending).node(STATE)
    assert (caught.value.blame, caught.value.kind, caught.value.seat) == ("empathic", "role_crashed", "empathic")


async def test_a_ctrl_c_of_the_user_is_no_crash() -> None:
    async def interrupted(view: EmpathicView) -> EmpathicWrite:
        signal.raise_signal(signal.SIGINT)
        return EmpathicWrite(messages=[])

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            await seat("empathic", interrupted).node(STATE)
    finally:
        signal.signal(signal.SIGINT, before)


def test_a_ctrl_c_that_asyncio_turns_into_an_interrupt_is_no_crash() -> None:
    async def interrupted(view: EmpathicView) -> EmpathicWrite:
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGINT)
        return EmpathicWrite(messages=[])

    # A process that was started in the background ignores the signal.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            asyncio.run(seat("empathic", interrupted).node(STATE))
    finally:
        signal.signal(signal.SIGINT, before)


async def test_a_role_that_is_closed_while_it_waits_has_not_crashed() -> None:
    async def waiting(view: EmpathicView) -> EmpathicWrite:
        await asyncio.Event().wait()
        return EmpathicWrite(messages=[])

    turn = seat("empathic", waiting).node(STATE)
    turn.send(None)  # type: ignore[attr-defined]  # a coroutine, begun by hand
    turn.close()  # type: ignore[attr-defined]  # raises nothing


async def test_an_error_of_the_package_keeps_its_own_blame() -> None:
    async def unreachable(view: EmpathicView) -> EmpathicWrite:
        raise ProviderError("no route", kind="unreachable")

    with pytest.raises(ProviderError) as caught:
        await seat("empathic", unreachable).node(STATE)
    assert (caught.value.blame, caught.value.kind) == ("provider", "unreachable")


class BrokenChat(ScriptedChat):
    """A chat whose own code fails."""

    async def complete(self, prompts: Sequence[Prompt], **asked: Any) -> Completion:
        raise OverflowError("date value out of range")


BROKEN = BrokenChat("m", [])
OURS = {
    "persona": RulePersona(voice=ModelVoice(BROKEN)),
    "empathic": ChatEmpathic(BROKEN),
    "evaluator": JudgeEvaluator(BROKEN, RUBRIC),
}


@pytest.mark.parametrize("name", OURS)
async def test_what_our_own_code_around_a_model_raises_is_our_fault(name: str) -> None:
    roles: list[Role] = [OURS[name]]
    if name != "evaluator":
        roles.append(redacted_speaker(OURS[name], load_redaction("basic")))
    for role in roles:
        state = STATE | ({"messages": exchange("What was that like?")} if name == "evaluator" else {})
        with pytest.raises(RoleError, match=r"OverflowError at \S+:\d+: date value out of range") as caught:
            await seat(name, role).node(state)
        assert (caught.value.blame, caught.value.kind, caught.value.seat) == ("us", "role_crashed", name)


@pytest.mark.parametrize(
    ("name", "blame"), [("persona", "persona"), ("empathic", "empathic"), ("director", "provider")]
)
@pytest.mark.parametrize("kind", sorted(CONDUCT))
async def test_a_model_that_refuses_is_blamed_by_its_seat(name: str, blame: str, kind: str) -> None:
    async def refusing(view: EmpathicView) -> EmpathicWrite:
        raise ProviderError("it refused", kind=kind)

    writes = {"persona": PersonaWrite, "director": ObserverWrite}
    refusing.__annotations__ |= {"return": writes.get(name, EmpathicWrite)}
    refusing.__annotations__ |= {"view": PersonaView} if name == "persona" else {}
    with pytest.raises(ProviderError) as caught:
        await seat(name, refusing).node(STATE)
    assert (caught.value.kind, caught.value.blame) == (kind, blame)


async def test_a_role_that_is_not_async_has_crashed() -> None:
    def plain(view: EmpathicView) -> EmpathicWrite:
        return EmpathicWrite(messages=[agent(1, "Yes.")])

    with pytest.raises(RoleError, match="TypeError"):
        await seat("empathic", plain).node(STATE)  # type: ignore[arg-type]  # the point of the test


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("persona", RulePersona.__call__),
        ("empathic", ScriptedEmpathic.__call__),
        ("evaluator", CueEvaluator.__call__),
        ("evaluator", JudgeEvaluator.__call__),
    ],
)
def test_the_roles_of_the_package_keep_to_their_seats(name: str, role: Role) -> None:
    assert seat(name, role).schema.__name__ == f"{name}_view"


def test_the_persona_cannot_see_the_path_that_led_to_its_position() -> None:
    async def nosy(view: EvaluatorView) -> PersonaWrite:
        raise AssertionError

    with pytest.raises(RoleError, match="role 'persona' sees 'latent'"):
        seat("persona", nosy)
