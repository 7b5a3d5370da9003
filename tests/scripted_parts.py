"""Scripted roles and small records that the tests of roles and graph share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from langgraph.types import Overwrite

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.cues.context import CueContext
from empa_graph.graph.begin import begin
from empa_graph.graph.build import RETRY
from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.models.behaviour import BEHAVIOURS, STRONGEST, Behaviour, Code, Sign
from empa_graph.models.cue import Cue, CueName
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import PersonaState
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric, with_max_turns
from empa_graph.roles.empathic.reference_agents import ScriptedEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.views import (
    EmpathicRole,
    EmpathicView,
    EmpathicWrite,
    EvaluatorRole,
    EvaluatorView,
    EvaluatorWrite,
    PersonaRole,
    PersonaView,
)

RUBRIC = load_rubric()
NAMES = RUBRIC.space.names
CARDS = Path(__file__).parent / "data" / "cards"
"""Cards that tests of the machinery stand on; the bundled ones may be edited without touching them."""
(SCENARIO,) = find_scenarios(["night_nurse/call_home"], CARDS)
(CRISIS,) = find_scenarios(["laid_off_father/morning_bridge"], CARDS)
AT_ONCE = RETRY._replace(initial_interval=0.001, jitter=False)
"""The retries of the graph without their waits."""
HARSH = (
    "It's nothing. You're being too sensitive, just get over it, everyone has it worse.",
    "Honestly, you're being too sensitive about nothing. Just get over it, everyone else does.",
    "You're being too sensitive. It's no big deal, so just get over it.",
)
"""Replies that put a person down, in words whose harm the offline evaluator hears clearly."""
UNMOVED = (0.0, 0.0, 0.0, 0.0)


def started(**given: Any) -> dict[str, Any]:
    """Return the state that the first node of the graph makes of an input."""
    written: Any = asyncio.run(begin({"scenario": SCENARIO, "seed": 1, **given}, rubric=RUBRIC))
    return {name: value.value if isinstance(value, Overwrite) else value for name, value in written.items()}


def rubric(max_turns: int) -> Rubric:
    return with_max_turns(RUBRIC, max_turns)


def opening(start: float = -0.5, target: float = 0.5, radius: float = 0.2) -> LatentState:
    return LatentState.opening(dimensions=NAMES, start=(start,) * 4, target=(target,) * 4, radius=radius)


def walked(increments: Iterable[tuple[float, ...] | None], path: LatentState | None = None) -> LatentState:
    path = path or opening()
    for increment in increments:
        path = path.extended(step(len(path.steps) + 1, increment))
    return path


def step(turn: int, increment: tuple[float, ...] | None) -> Step:
    failure = (
        Failure(turn=turn, blame="evaluator", kind="judge_invalid", detail="scripted") if increment is None else None
    )
    return Step(turn=turn, increment=increment, failure=failure)


def cue(name: CueName, strength: float = 1.0, evidence: str = "seen") -> Cue:
    return Cue(name=name, strength=strength, evidence=evidence)


def code(behaviour: Sign, strength: float = STRONGEST, evidence: str = "seen") -> Code:
    return Code(behaviour=behaviour, strength=strength, evidence=evidence)


class ScriptedCoder:
    """Codes every reply alike, or by a function of its text; the sentence with most words tells most."""

    sha256 = "0" * 64

    def __init__(self, script: Mapping[Behaviour, float] | Callable[[str], Mapping[Behaviour, float]]) -> None:
        self._script = script

    def strengths(self, reply: str, context: CueContext) -> dict[Behaviour, float]:
        shown = self._script(reply) if callable(self._script) else self._script
        return dict.fromkeys(BEHAVIOURS, 0.0) | dict(shown)

    def telling(self, reply: str, behaviour: Behaviour) -> float:
        return len(reply.split())


def person(turn: int, content: str) -> Message:
    return Message(turn=turn, speaker="persona", content=content)


def agent(turn: int, content: str) -> Message:
    return Message(turn=turn, speaker="empathic", content=content)


def exchange(reply: str, said: str = "They moved my desk to the corridor and nobody told me.") -> list[Message]:
    return [person(1, said), agent(1, reply)]


def heard(messages: list[Message], seed: int = 0, instructions: str = "") -> EmpathicView:
    return EmpathicView(messages=messages, instructions=instructions, seed=seed)


def asked(
    messages: list[Message], state: PersonaState | None = None, scenario: Scenario = SCENARIO, seed: int = 0
) -> PersonaView:
    return PersonaView(
        scenario=scenario,
        messages=messages,
        persona_state=state,
        position=(-0.9,) * 4,
        remaining=5.0,
        directives=[],
        seed=seed,
    )


def shown(
    messages: list[Message], latent: LatentState | None = None, scenario: Scenario | None = None
) -> EvaluatorView:
    return EvaluatorView(scenario=scenario, messages=messages, persona_state=None, latent=latent or opening(), seed=0)


class FixedEmpathic:
    """Replies by a function of the turn."""

    def __init__(self, reply: Callable[[int], str]) -> None:
        self._reply = reply

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        turn = view["messages"][-1].turn
        return EmpathicWrite(messages=[agent(turn, self._reply(turn))])


class FixedEvaluator:
    """Gives the same increment every turn; None for a judgement that could not be had."""

    def __init__(self, increment: tuple[float, ...] | None) -> None:
        self._increment = increment

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        return EvaluatorWrite(latent=step(len(view["latent"].steps) + 1, self._increment))


def sandbox(
    *,
    persona: PersonaRole | None = None,
    empathic: EmpathicRole | None = None,
    evaluator: EvaluatorRole | None = None,
    max_turns: int = 3,
) -> Sandbox:
    return Sandbox(
        persona=persona or RulePersona(noise=0.0),
        empathic=empathic or ScriptedEmpathic("generic"),
        evaluator=evaluator or CueEvaluator(RUBRIC),
        rubric=rubric(max_turns),
        labels=Labels(agent="scripted"),
        retry=AT_ONCE,
    )
