"""Replay recorded levels through the sandbox: the same graph, stops and scores, without a model.

The speakers say what was said and the evaluator gives the levels that were given; increments, stops and scores are
computed anew under the rubric at hand, so another rubric, alpha or weight profile is a counterfactual.
"""

from __future__ import annotations

import math

from empa_graph.episode.score import scored
from empa_graph.errors import RunError
from empa_graph.graph.sandbox import Labels, Sandbox
from empa_graph.models.dialogue import Message, Speaker
from empa_graph.models.episode import Episode, PersonaState
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.rubric import Rubric
from empa_graph.models.stop_rule import EnergyStop
from empa_graph.roles.evaluator.movement import increment
from empa_graph.roles.evaluator.reading import agrees
from empa_graph.roles.persona.crisis import ACCEPTANCE
from empa_graph.roles.views import EmpathicView, EmpathicWrite, EvaluatorView, EvaluatorWrite, PersonaView, PersonaWrite

RECORDING_ENDED = "recording_ended"
_OF_THE_WORDS = ("support", "support_judged", "felt", "felt_absent")
"""What was made of the words, which are the same again."""
NOT_RECORDED = "(not recorded)"
"""Stands for what was said where only the levels were kept."""


class RecordedPersona:
    """Says what the person said. Raises RunError where the recording ends."""

    def __init__(self, episode: Episode) -> None:
        self._said = _by_turn(episode, "persona")
        self._turns = len(episode.latent.steps)
        self._state = episode.persona_state

    async def __call__(self, view: PersonaView) -> PersonaWrite:
        """Speak the next turn of the recording."""
        turn = view["messages"][-1].turn + 1 if view["messages"] else 1
        if turn > self._turns:
            raise RunError(f"the recording ends after turn {self._turns}", blame="us", kind=RECORDING_ENDED)
        said = self._said.get(turn) or [Message(turn=turn, speaker="persona", content=NOT_RECORDED)]
        if self._state is None:
            return PersonaWrite(messages=said)
        return PersonaWrite(messages=said, persona_state=self._at(turn, self._state))

    def _at(self, turn: int, last: PersonaState) -> PersonaState:
        """Return the ``last`` state of the recording with what the stop rules ask of it as it stood at ``turn``."""
        moves = {message.move for said in range(1, turn + 1) for message in self._said.get(said, ())}
        accepted = None if last.help_accepted is None else not ACCEPTANCE.isdisjoint(moves)
        whole = last.whole_since if last.whole_since is not None and last.whole_since < turn else None
        ended = last.ended if turn == self._turns else None
        owns = any(message.move == "answer_yes" for message in self._said.get(turn, ()))
        known = {"help_accepted": accepted, "whole_since": whole, "ended": ended, "owns_danger": owns}
        return last.model_copy(update=known)


class RecordedEmpathic:
    """Says what the agent said."""

    def __init__(self, episode: Episode) -> None:
        self._said = _by_turn(episode, "empathic")

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Speak the same turn of the recording."""
        turn = view["messages"][-1].turn
        return EmpathicWrite(
            messages=self._said.get(turn) or [Message(turn=turn, speaker="empathic", content=NOT_RECORDED)]
        )


class RecordedEvaluator:
    """Gives the recorded levels; what they move is the rubric's to say. A missing judgement stays missing."""

    def __init__(self, episode: Episode, rubric: Rubric) -> None:
        self._steps = episode.latent.steps
        self._rubric = rubric

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge the last reply as it was judged."""
        latent = view["latent"]
        return EvaluatorWrite(latent=_again(self._steps[len(latent.steps)], latent, self._rubric))


async def replay(episode: Episode, rubric: Rubric, *, profile: str = "balanced") -> Episode:
    """Play ``episode`` again from its recorded levels under ``rubric`` and weight ``profile``.

    Its ending is ``recorded`` when the recording ends before a rule of the rubric does: the conversation would have
    gone on, nobody knows how, and its turns are a lower bound.
    """
    sandbox = Sandbox(
        persona=RecordedPersona(episode),
        empathic=RecordedEmpathic(episode),
        evaluator=RecordedEvaluator(episode, rubric),
        rubric=rubric,
        labels=Labels(episode.agent, episode.variant, episode.evaluator, episode.voice),
        profile=profile,
    )
    start = {"scenario": None, "seed": episode.seed, "opening": _restarted(episode.latent, rubric)}
    played = await sandbox.play_from(start, scenario=episode.scenario, repeat=episode.repeat)
    played = played.model_copy(update={name: getattr(episode, name) for name in _OF_THE_WORDS})
    if played.failure is None or played.failure.kind != RECORDING_ENDED:
        return played
    result = scored(played.latent, rubric.stop, profile)
    changes = {"ending": "recorded", "failure": None, "score": result.score, "unscored": result.unscored}
    return played.model_copy(update=changes)


def judged_again(latent: LatentState, rubric: Rubric) -> LatentState:
    """Return the path that the recorded levels of ``latent`` make under ``rubric``, from the same start.

    Raises ValueError for a level that its own share contradicts.
    """
    path = latent.model_copy(update={"position": latent.start, "steps": ()})
    for step in latent.steps:
        items = step.assessment.items if step.assessment else ()
        if rubric.reading and not all(agrees(item, rubric.reading) for item in items):
            raise ValueError(f"turn {step.turn}: a level is not the one that its share rounds to")
        path = path.extended(_again(step, path, rubric))
    return path


def _by_turn(episode: Episode, speaker: Speaker) -> dict[int, list[Message]]:
    said: dict[int, list[Message]] = {}
    for message in episode.messages:
        if message.speaker == speaker:
            said.setdefault(message.turn, []).append(message)
    return said


def _again(step: Step, latent: LatentState, rubric: Rubric) -> Step:
    if step.increment is None or step.assessment is None or not step.assessment.items:
        return step
    return step.model_copy(update={"increment": increment(step.assessment.items, latent, rubric)})


def _restarted(latent: LatentState, rubric: Rubric) -> LatentState:
    """The recorded start; where the rubric's alpha sets the radius, with the radius that it sets."""
    stop = rubric.stop
    radius = stop.alpha * math.dist(latent.start, latent.target) if isinstance(stop, EnergyStop) else latent.radius
    return LatentState.opening(
        dimensions=latent.dimensions,
        start=latent.start,
        target=latent.target,
        radius=radius,
        needs_handoff=latent.needs_handoff,
        supposed=latent.supposed,
    )
