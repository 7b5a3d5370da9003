"""The replies of a recorded run, each with the history and the latent state in which it was judged."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from empa_graph.chats.transcripts import Transcript
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.views import spoken
from empa_graph.run.rescore import rescored
from empa_graph.seeds import derived_seed


class Reply(NamedTuple):
    """One judged reply: the card, the messages up to and with it, the path before it, the seed of its episode."""

    scenario: Scenario
    messages: tuple[Message, ...]
    latent: LatentState
    seed: int

    @property
    def turn(self) -> int:
        """The turn under judgement, 1-based."""
        return len(self.latent.steps) + 1

    @property
    def text(self) -> str:
        """What the agent said at this turn."""
        return spoken(list(self.messages), "empathic")[-1]

    @property
    def said(self) -> str:
        """What the person said before it."""
        return spoken(list(self.messages), "persona")[-1]

    def saying(self, text: str) -> Reply:
        """Return the same turn with ``text`` as the agent's one message."""
        kept = [m for m in self.messages if m.speaker == "persona" or m.turn != self.turn]
        return self._replace(messages=(*kept, Message(turn=self.turn, speaker="empathic", content=text)))


async def recorded_replies(
    recorded: Iterable[Episode], scenarios: Mapping[str, Scenario], rubric: Rubric, *, offline: CueEvaluator | None
) -> tuple[Reply, ...]:
    """Return every reply that was judged and is not empty, in order.

    The path before a reply is the recorded one. Where that was judged under another rubric, or by somebody else than
    the ``offline`` evaluator, it is read again offline under ``rubric``. None means that a model judges.
    Raises ContentError for a scenario that does not say what the rubric starts from.
    """
    found: list[Reply] = []
    for episode in recorded:
        scenario = scenarios[episode.scenario]
        path = episode.latent
        if episode.rubric != rubric.id or (offline is not None and episode.evaluator != offline.name):
            said = Transcript(id=episode.scenario, messages=episode.messages)
            path = (await rescored(said, offline or CueEvaluator(rubric), rubric, scenario=scenario)).latent
        found += _judged(episode, scenario, path)
    return tuple(found)


def _judged(episode: Episode, scenario: Scenario, path: LatentState) -> Iterator[Reply]:
    judged = {step.turn for step in episode.latent.judged}
    before = LatentState.opening(
        dimensions=path.dimensions,
        start=path.start,
        target=path.target,
        radius=path.radius,
        needs_handoff=path.needs_handoff,
        supposed=path.supposed,
    )
    for step in path.steps:
        seen = tuple(m for m in episode.messages if m.turn <= step.turn)
        if step.turn in judged and any(m.content.strip() for m in seen if _by_agent(m, step.turn)):
            yield Reply(scenario, seen, before, episode.seed)
        before = before.extended(step)


def _by_agent(message: Message, turn: int) -> bool:
    return message.speaker == "empathic" and message.turn == turn


def chosen(replies: Iterable[Reply], limit: int | None, *, seed: int) -> tuple[Reply, ...]:
    """Return all ``replies``, or ``limit`` of them drawn at random in turns over the scenarios."""
    every = list(replies)
    if limit is None:
        return tuple(every)
    random.Random(derived_seed(seed, "perturb", "replies")).shuffle(every)
    rounds: dict[str, list[Reply]] = {}
    for reply in every:
        rounds.setdefault(reply.scenario.id, []).append(reply)
    ranked = sorted(
        ((place, name, reply) for name, of_one in rounds.items() for place, reply in enumerate(of_one)),
        key=lambda entry: entry[:2],
    )
    return tuple(reply for _, _, reply in ranked[:limit])
