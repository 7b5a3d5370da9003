"""Means by kind of episode, and how entrants differ scenario by scenario."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

import numpy as np

from empa_graph.models.behaviour import AXES, STRONGEST, Behaviour
from empa_graph.models.episode import Episode
from empa_graph.report.contrast import Scores, contrast_of
from empa_graph.report.page.records import Difference, EpisodeRow, Facet, Group, Stage
from empa_graph.report.page.rows import LEADING
from empa_graph.report.summary import Metric, averaged

DRAWN = (*LEADING, "epm_q")
"""The metrics that are grouped and contrasted, the leading one first."""


def groups(rows: Sequence[EpisodeRow], *, seed: int) -> Iterator[Group]:
    """Yield the mean of every metric over the episodes of an entrant that share a value of a facet."""
    for facet in get_args(Facet):
        for (entrant, value), members in _by_value(rows, facet).items():
            for metric in DRAWN:
                found = [(one, row.name) for row in members if (one := row.counted(metric)) is not None]
                if found:
                    mean = averaged(*zip(*found, strict=True), seed=seed, name=metric)
                    yield Group(
                        facet=facet, value=value, entrant=entrant, metric=metric, episodes=len(found), mean=mean
                    )


def stages(rows: Sequence[EpisodeRow]) -> Iterator[Stage]:
    """Yield how far the episodes of each entrant had come, turn by turn from the start."""
    by_entrant: defaultdict[int, list[EpisodeRow]] = defaultdict(list)
    for row in rows:
        if len(row.way) > 1:
            by_entrant[row.entrant].append(row)
    for entrant, members in sorted(by_entrant.items()):
        for turn in range(max(row.way[-1].turn for row in members) + 1):
            come = [next(spot.along for spot in reversed(row.way) if spot.turn <= turn) for row in members]
            low, high = np.quantile(come, (0.25, 0.75))
            yield Stage(
                entrant=entrant,
                turn=turn,
                mean=sum(come) / len(come),
                low=float(low),
                high=float(high),
                talking=sum(row.way[-1].turn >= turn for row in members),
            )


def _by_value(rows: Sequence[EpisodeRow], facet: Facet) -> Mapping[tuple[int, str], list[EpisodeRow]]:
    found: defaultdict[tuple[int, str], list[EpisodeRow]] = defaultdict(list)
    for row in rows:
        if facet in row.facets:
            found[row.entrant, row.facets[facet]].append(row)
    return found


def differences(
    rows: Sequence[EpisodeRow], labels: Mapping[int, str], pairs: Sequence[tuple[int, int]], *, seed: int
) -> Iterator[Difference]:
    """Yield how the second entrant of each of ``pairs`` differs from the first, in every metric that both have."""
    for metric in DRAWN:
        scores: defaultdict[int, dict[tuple[str, int], float]] = defaultdict(dict)
        for row in rows:
            if (value := row.counted(metric)) is not None:
                scores[row.entrant][row.name, row.repeat] = value
        for baseline, entrant in pairs:
            before, after = scores[baseline], scores[entrant]
            contrast = contrast_of(labels[baseline], labels[entrant], before, after, seed=seed, metric=metric)
            if contrast is not None:
                by_scenario = _by_scenario(before, after)
                yield Difference(
                    entrant=entrant, baseline=baseline, metric=metric, by_scenario=by_scenario, contrast=contrast
                )


def _by_scenario(before: Scores, after: Scores) -> dict[str, float]:
    """Return the mean difference over the repeats of each scenario."""
    found: defaultdict[str, list[float]] = defaultdict(list)
    for key in before:
        if key in after:
            found[key[0]].append(after[key] - before[key])
    return {name: sum(values) / len(values) for name, values in found.items()}


def axes(played: Sequence[Episode], *, seed: int) -> dict[Behaviour, Metric]:
    """Return the mean code of each axis of support over the episodes that have one, with its interval."""
    supported = [episode for episode in played if episode.support is not None]
    cases = [episode.conversation or episode.scenario for episode in supported]
    found = {}
    for axis in AXES:
        values = [
            episode.support.axes[axis] for episode in supported if episode.support and axis in episode.support.axes
        ]
        if values and len(values) == len(cases):
            found[axis] = averaged(values, cases, seed=seed, within=(0.0, STRONGEST))
    return found
