"""Ask what codes the support of a conversation that has ended: one call, whose failure is data and ends nothing."""

from __future__ import annotations

from empa_graph.llm.location import LOCATION, Location
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.roles.evaluator.support_judge import SupportJudge


async def supported(
    episode: Episode, judge: SupportJudge | None, scenario: Scenario | None, *, number: int | None = None
) -> Episode:
    """Return ``episode`` with its support as ``judge`` codes it; as it is without one.

    ``number`` is its place in the plan of a run, for which the call counts as one of its last turn. Raises
    SuspendedError where that run stops before the answer.
    """
    if judge is None:
        return episode
    place = None if number is None else Location(number, episode.repeat, episode.turns)
    before = LOCATION.set(place)
    try:
        found = await judge(episode.messages, scenario, seed=episode.seed)
    finally:
        LOCATION.reset(before)
    return episode.model_copy(update={"support_judged": found})
