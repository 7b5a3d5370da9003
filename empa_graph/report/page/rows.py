"""Every episode as a row of a report: its numbers as a gate reads them, its facets and its way."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple, get_args

from empa_graph.models.episode import Episode
from empa_graph.models.outcome import outcomes
from empa_graph.models.persona import Need, Scenario
from empa_graph.models.run import Planned
from empa_graph.models.script_finding import VOIDED
from empa_graph.models.stop_rule import SUCCESSES
from empa_graph.report.page.records import EpisodeRow, Facet, Spot
from empa_graph.report.text import one_line
from empa_graph.scoring.course import course

LEADING = (
    "composite",
    "progress",
    "support",
    "support_judged",
    "alignment_index",
    "impact_index",
    "stability_index",
)
KEPT = (
    *LEADING,
    "turns",
    "coverage",
    "epm_q",
    "epm_q_outcome",
    "epm_q_efficiency",
    "epm_q_stability",
)
"""The numbers of an episode that pictures can be drawn of."""


LONGEST_NAME = 200
"""Characters that are shown of what an episode is called."""


class Played(NamedTuple):
    """An episode with its place in the report."""

    id: int
    entrant: int
    number: int
    episode: Episode
    void: bool
    """Whether its run is scripted."""


def rows(played: Iterable[Played], known: Mapping[str, Scenario]) -> Iterator[EpisodeRow]:
    """Yield a row for each of ``played``; ``known`` scenarios give its facets."""
    for one in played:
        yield _row(one, known)


def _row(one: Played, known: Mapping[str, Scenario]) -> EpisodeRow:
    episode = one.episode
    item = Planned(scenario=episode.scenario, variant=episode.variant, repeat=episode.repeat, seed=episode.seed)
    (outcome,) = outcomes([item], [episode], known)
    left_out = VOIDED if one.void else frozenset[str]()
    values = {name: outcome.values[name] for name in KEPT if name in outcome.values and name not in left_out}
    return EpisodeRow(
        id=one.id,
        entrant=one.entrant,
        number=one.number,
        name=one_line(episode.conversation or episode.scenario)[:LONGEST_NAME] or "-",
        repeat=episode.repeat,
        facets=facets(episode, known.get(episode.scenario)),
        ending=episode.ending,
        reached=at_target(episode),
        turns=episode.turns,
        values=values if episode.score is not None else {},
        provisional=outcome.provisional,
        failed=None if outcome.failed is None else one_line(outcome.failed),
        blame=outcome.blame,
        way=way(episode),
        path=episode.latent.positions,
        target=episode.latent.target,
    )


def at_target(episode: Episode) -> bool:
    """Whether an episode ended at its target; a recorded conversation, which no rule ended, within its radius."""
    if episode.ending != "recorded":
        return episode.ending in SUCCESSES
    return (
        len(episode.latent.positions) > 1
        and math.dist(episode.latent.position, episode.latent.target) <= episode.latent.radius
    )


def facets(episode: Episode, scenario: Scenario | None) -> dict[Facet, str]:
    """Return by facet what kind of episode it is; a facet that is not known is absent."""
    found: dict[Facet, str] = {}
    if episode.conversation is None:
        found["persona"] = one_line(episode.scenario.partition("/")[0])
    if scenario is not None:
        found["context"] = scenario.goal.context
        found["need"] = dominant_need(scenario)
        found["threshold"] = scenario.persona.empathy_threshold.level
    return found


def dominant_need(scenario: Scenario) -> Need:
    """Return the need with the greatest weight on the card; of equal ones the first."""
    priorities = scenario.persona.priorities
    needs: tuple[Need, ...] = get_args(Need)
    return max(needs, key=lambda need: getattr(priorities, need).value)


def way(episode: Episode) -> tuple[Spot, ...]:
    """Return where the path stood at the start (turn 0) and after each judged turn."""
    latent = episode.latent
    found = course(latent.positions, latent.target)
    turns = (0, *(step.turn for step in latent.judged))
    return tuple(
        Spot(turn=turn, along=along, off=off) for turn, along, off in zip(turns, found.along, found.off, strict=True)
    )
