"""Every shape of an answer in every seat: a turn that was really said, or a typed failure with the right blame."""

from __future__ import annotations

import json
import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.llm import ChatParameters, resolve_chat
from empa_graph.models.behaviour import BEHAVIOURS
from empa_graph.models.episode import Episode
from empa_graph.roles.director.model import ModelDirector
from empa_graph.roles.empathic.agents import ChatEmpathic
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.judge import JudgeEvaluator
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.persona.voice import ModelVoice
from empa_graph.roles.views import After
from tests.llm.shape import CARD, EMPTY, NOTE, SAID, SEATS, TEXT, Message, Shape
from tests.llm.shapes import SHAPES
from tests.scripted_parts import AT_ONCE, SCENARIO, rubric
from tests.sensible_answers import message_for
from tests.stub_server import Canned, StubServer
from tests.voice_parts import decided

DOCS = Path(__file__).parents[1] / "docs"
RUBRIC = rubric(1)
ONCE = AT_ONCE._replace(max_attempts=1)
PACE = {"name": "change_pace", "arguments": json.dumps({"pace": "slow", "reason": "It is early."})}


class Service:
    """A server that gives the shape whose number the model is called by; ``gave`` holds the messages it was made of."""

    def __init__(self) -> None:
        self.gave: list[Message] = []

    def __call__(self, body: Mapping[str, Any]) -> Canned:
        self.gave.append(_sensible(body))
        return SHAPES[int(body["model"])].sent(self.gave[-1])


def _sensible(body: Mapping[str, Any]) -> Message:
    if body.get("tools"):
        return {"role": "assistant", "content": None, "tool_calls": [{"id": "1", "type": "function", "function": PACE}]}
    if "response_format" in body:
        return message_for(body, "shape")
    asked = str(body["messages"][-1]["content"])
    return {"role": "assistant", "content": decided(asked) if '\n{"line":' in asked else TEXT}


async def played(seat: str, number: int, url: str) -> Episode:
    """Play one turn in which the model ``number`` sits in ``seat`` and nobody else is one."""
    chat = resolve_chat(f"openai:{number}", base_url=url, parameters=ChatParameters(timeout=30.0))
    sandbox = Sandbox(
        persona=RulePersona(voice=ModelVoice(chat) if seat == "voice" else None, noise=0.0),
        empathic=ChatEmpathic(chat) if seat == "agent" else ScriptedEmpathic("generic"),
        evaluator=JudgeEvaluator(chat, RUBRIC) if seat == "judge" else CueEvaluator(RUBRIC),
        rubric=RUBRIC,
        labels=Labels(agent="shape"),
        extra={"director": After("evaluator", ModelDirector(chat))} if seat == "director" else {},
        retry=ONCE,
    )
    try:
        return await sandbox.play(SCENARIO)
    finally:
        await chat.aclose()


def outcome(seat: str, episode: Episode) -> str:
    """Return what became of an episode of one turn, in the words of the table."""
    if episode.failure is not None:
        return f"{episode.failure.kind}, {episode.failure.blame}"
    (step,) = episode.latent.steps
    if step.failure is not None:
        return f"{step.failure.kind}, {step.failure.blame}"
    if any(fault.kind == "voice_fallback" for fault in episode.faults):
        return CARD
    if any(fault.kind == "empty_reply" for fault in episode.faults):
        return EMPTY
    return NOTE if seat == "director" and episode.notes and not episode.directives else SAID


def heard(seat: str, episode: Episode) -> object:
    """Return what the run took from the model in ``seat``."""
    speaker = {"agent": "empathic", "voice": "persona"}.get(seat)
    if speaker:
        return [message.content for message in episode.messages if message.speaker == speaker]
    if seat == "director":
        return [(directive.action, directive.argument) for directive in episode.directives]
    codes = [step.assessment.codes for step in episode.latent.steps if step.assessment]
    return {code.behaviour: code.strength for each in codes for code in each if code.behaviour in BEHAVIOURS}


def really_said(seat: str, shape: Shape, gave: Message) -> object:
    """Return what was in the answer for the run to take."""
    if seat in ("agent", "voice"):
        content = json.loads(_plain(shape.sent(gave), gave))["choices"][0]["message"]["content"]
        return ["".join(part.get("text", "") for part in content) if isinstance(content, list) else content.strip()]
    if seat == "director":
        return [("change_pace", "slow")]
    judged = json.loads(gave["content"])
    return {name: code["strength"] for name, code in judged.items() if code["strength"]}


def _plain(canned: Canned, gave: Message) -> str:
    """Return the body of an answer without its encoding, which is the same text for the shapes that have one."""
    encoded = isinstance(canned.body, bytes) or not canned.body.startswith("{")
    return json.dumps({"choices": [{"message": {"content": gave["content"]}}]}) if encoded else str(canned.body)


@pytest.mark.slow
@pytest.mark.parametrize("seat", SEATS)
async def test_every_shape_is_said_or_a_failure_of_its_kind_with_the_right_blame(seat: str) -> None:
    service, wrong = Service(), {}
    async with StubServer(choose=service) as stub:
        for number, shape in enumerate(SHAPES):
            episode = await played(seat, number, stub.url)
            found, expected = outcome(seat, episode), shape.outcomes[seat]
            if found != expected:
                wrong[f"{shape.group}: {shape.name}"] = (found, expected, str(episode.failure or episode.notes)[:200])
            elif found == SAID:
                assert heard(seat, episode) == really_said(seat, shape, service.gave[-1]), shape.name
            assert_no_number_for_nothing(seat, found, episode)
    assert wrong == {}


def assert_no_number_for_nothing(seat: str, found: str, episode: Episode) -> None:
    """Only a turn that was said has a score, and a judgement that is missing has no level."""
    if seat in ("agent", "voice"):
        assert (episode.score is not None) == (found in (SAID, EMPTY, CARD))
    if seat == "judge":
        judged = [step.assessment is not None for step in episode.latent.steps]
        assert (episode.score is not None) == any(judged) == (found == SAID)
    if seat == "director":
        assert episode.failure is None and episode.score is not None
    if found not in (SAID, EMPTY, NOTE, CARD):
        assert "empathic" not in found or seat == "agent"


def test_only_a_text_that_ended_empty_is_an_empty_reply() -> None:
    assert [shape.name for shape in SHAPES if shape.agent == EMPTY] == [
        '`""`, `stop`',
        "blanks, `stop`",
        "an empty part of text, `stop`",
    ]


def test_the_page_holds_the_table_that_was_played() -> None:
    shown = runpy.run_path(str(DOCS / "generate_providers.py"))["page"]()
    assert (DOCS / "providers.md").read_text(encoding="utf-8") == shown, "run: python docs/generate_providers.py"


def test_no_shape_in_the_table_is_a_scored_silence_and_there_are_many() -> None:
    assert len(SHAPES) >= 60 and len({(shape.group, shape.name) for shape in SHAPES}) == len(SHAPES)
    for outcomes in (shape.outcomes for shape in SHAPES):
        for seat, blame in (("agent", "empathic"), ("judge", "evaluator"), ("voice", "persona")):
            told = outcomes[seat]
            assert told in (SAID, EMPTY, CARD) or told.rpartition(", ")[2] in (blame, "provider")
