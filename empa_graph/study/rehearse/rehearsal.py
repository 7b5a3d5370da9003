"""A rehearsal: every scenario is played with scripted agents, and what was said is held against the cards."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.models.cue import CueName
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Persona, Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.sayable import sayable
from empa_graph.roles.empathic.reference_agents import AGENTS, ScriptedEmpathic
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.persona.heard import heard
from empa_graph.roles.persona.lines import SILENCE, unmet
from empa_graph.roles.persona.rule_persona import RulePersona
from empa_graph.roles.views import EmpathicRole, EmpathicView, EmpathicWrite, PersonaView
from empa_graph.study.rehearse.voices import Voices, told_apart

TOLD_APART = 0.8
"""Balanced accuracy above which persons count as told apart."""
MINDED = "what they mind"
"""The agent of a rehearsal that is no reference agent."""


class Rehearsal(NamedTuple):
    """What a rehearsal found. ``breaches`` must be none; the rest is for whoever writes the cards."""

    episodes: int
    breaches: tuple[str, ...]
    """Lines said before what they need, in a goal that they exclude, or twice."""
    never_said: dict[str, tuple[str, ...]]
    """By ``persona/goal`` or, for lines of all goals, by persona: ids of lines that nobody brought up."""
    never_felt: dict[str, tuple[str, ...]]
    """By persona: preferences and anti-preferences whose cue no reply ever had."""
    ran_out: dict[str, int]
    """By ``persona/goal``: episodes in which the person had no word left at all."""
    voices: Voices


async def rehearsed(
    scenarios: Sequence[Scenario],
    rubric: Rubric,
    *,
    played: Callable[[int, int], None] = lambda done, of: None,
) -> Rehearsal:
    """Play ``scenarios`` with every reference agent, and with one that says what each person minds to hear.

    ``played`` hears how many are done.
    """
    names = (*AGENTS, MINDED)
    cases = [(scenario, name, place) for scenario in scenarios for place, name in enumerate(names)]
    boxes = {name: _box(ScriptedEmpathic(name), name, rubric) for name in AGENTS}
    found: list[tuple[Scenario, Episode]] = []
    for scenario, name, seed in cases:
        box = boxes.get(name) or _box(_Minded(scenario.persona), name, rubric)
        found.append((scenario, await box.play(scenario, seed=seed)))
        played(len(found), len(cases))
        await asyncio.sleep(0)
    return findings(found)


def findings(found: Sequence[tuple[Scenario, Episode]]) -> Rehearsal:
    """Hold the episodes against their cards."""
    breaches = [breach for scenario, episode in found for breach in _breaches(scenario, episode)]
    return Rehearsal(
        episodes=len(found),
        breaches=tuple(dict.fromkeys(breaches)),
        never_said=_never_said(found),
        never_felt=_never_felt(found),
        ran_out=_ran_out(found),
        voices=told_apart(_spoken(found)),
    )


class _Minded:
    """Says the phrases that a person minds, one a turn: no reference agent knows them."""

    def __init__(self, persona: Persona) -> None:
        phrases = [phrase for minded in persona.anti_preferences for phrase in minded.phrases]
        self._said = [f"{phrase[0].upper()}{phrase[1:]}." for phrase in phrases] or ["I see."]

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Say the next one."""
        turn = view["messages"][-1].turn
        said = self._said[(turn - 1) % len(self._said)]
        return EmpathicWrite(messages=[Message(turn=turn, speaker="empathic", content=said)])


def _box(agent: EmpathicRole, name: str, rubric: Rubric) -> Sandbox:
    return Sandbox(
        persona=RulePersona(),
        empathic=agent,
        evaluator=CueEvaluator(rubric),
        rubric=rubric,
        labels=Labels(agent=name),
    )


def _breaches(scenario: Scenario, episode: Episode) -> Iterator[str]:
    known = {one.id: one.line for one in sayable(scenario.persona, scenario.goal)}
    said: list[str] = []
    made: set[str] = set()
    for name, move in _said(episode):
        where = f"{scenario.id} with {episode.agent}: '{name}'"
        if name in known:
            for needed in unmet(known[name], said):
                yield f"{where} was said before '{needed}'"
            for barring in sorted({*said, *made}.intersection(known[name].not_after)):
                yield f"{where} was said after '{barring}'"
        else:
            yield f"{where} is no line of this goal"
        if name in said:
            yield f"{where} was said twice"
        said.append(name)
        made.add(move)


def _said(episode: Episode) -> list[tuple[str, str]]:
    """Return the ids of the lines said, in order, each with its move; silence is no line."""
    spoken = (m for m in episode.messages if m.speaker == "persona" and m.line and m.content != SILENCE)
    return [(m.line or "", (m.move or "").partition(":")[0]) for m in spoken]


def _never_said(found: Sequence[tuple[Scenario, Episode]]) -> dict[str, tuple[str, ...]]:
    said: dict[str, set[str]] = defaultdict(set)
    for scenario, episode in found:
        said[scenario.persona.id].update(name for name, _ in _said(episode))
    left: dict[str, tuple[str, ...]] = {}
    shared: dict[str, list[str]] = defaultdict(list)
    for scenario in {scenario.id: scenario for scenario, _ in found}.values():
        persona = scenario.persona.id
        own: list[str] = []
        for one in sayable(scenario.persona, scenario.goal):
            if one.id in said[persona]:
                continue
            (own if _of_goal(scenario, one.field, one.id) else shared[persona]).append(one.id)
        left[scenario.id] = tuple(own)
    left |= {persona: tuple(dict.fromkeys(names)) for persona, names in shared.items()}
    return {where: names for where, names in left.items() if names}


def _of_goal(scenario: Scenario, field: tuple[str | int, ...], name: str) -> bool:
    if field[0] == "beats":
        return any(beat.id == name for beat in scenario.goal.beats)
    return name.startswith(f"{scenario.goal.id}:") or field[0] in ("openings", "elaborations")


def _never_felt(found: Sequence[tuple[Scenario, Episode]]) -> dict[str, tuple[str, ...]]:
    felt: dict[str, set[CueName]] = defaultdict(set)
    people: dict[str, Persona] = {}
    for scenario, episode in found:
        people[scenario.persona.id] = scenario.persona
        felt[scenario.persona.id].update(_cues(scenario, episode))
    left = {name: tuple(dict.fromkeys(_tastes(persona, felt[name]))) for name, persona in people.items()}
    return {name: tastes for name, tastes in left.items() if tastes}


def _tastes(persona: Persona, felt: set[CueName]) -> Iterator[str]:
    for liked in persona.preferences:
        if liked.cue not in felt:
            yield f"likes {liked.cue}"
    for disliked in persona.anti_preferences:
        if disliked.cue not in felt:
            yield f"minds {disliked.cue}" + (f" ({', '.join(disliked.phrases)})" if disliked.phrases else "")


def _cues(scenario: Scenario, episode: Episode) -> set[CueName]:
    """Return the cues of all replies, read as the person read them."""
    found: set[CueName] = set()
    for place, message in enumerate(episode.messages):
        if message.speaker == "empathic":
            view = PersonaView(
                scenario=scenario,
                messages=list(episode.messages[: place + 1]),
                persona_state=None,
                position=(),
                remaining=0.0,
                directives=[],
                seed=0,
            )
            found.update(cue.name for cue in heard(view).cues)
    return found


def _ran_out(found: Sequence[tuple[Scenario, Episode]]) -> dict[str, int]:
    counted: dict[str, int] = defaultdict(int)
    for scenario, episode in found:
        counted[scenario.id] += any(m.content == SILENCE for m in episode.messages if m.speaker == "persona")
    return {name: count for name, count in counted.items() if count}


def _spoken(found: Iterable[tuple[Scenario, Episode]]) -> dict[str, dict[str, list[str]]]:
    said: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for scenario, episode in found:
        lines = (m.content for m in episode.messages if m.speaker == "persona")
        said[scenario.persona.id][scenario.goal.id] += lines
    return said
