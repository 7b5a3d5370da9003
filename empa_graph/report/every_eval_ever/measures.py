"""What is exported of an episode: its figures by the names of the summary. A figure it does not have is absent."""

from __future__ import annotations

from collections.abc import Mapping

from empa_graph.content.registry import REGISTRY
from empa_graph.models.episode import Episode
from empa_graph.models.outcome import outcomes
from empa_graph.models.run import Planned
from empa_graph.report.summary import Metric, VariantSummary, measured

EPMQ = {"published": "epm_q", "paper": "epm_q_paper"}
"""The composites of EPM-Q by definition."""


def means(variant: VariantSummary) -> dict[str, Metric]:
    """Return the means of a variant that are exported; what is void is absent there already."""
    scores = {EPMQ[definition]: found.get("composite") for definition, found in variant.epmq.items()}
    return variant.metrics | {name: metric for name, metric in scores.items() if metric is not None}


def figures(episode: Episode) -> Mapping[str, float]:
    """Return the figures of one episode that a mean counts; none without a score."""
    if episode.score is None:
        return {}
    item = Planned(scenario=episode.scenario, variant=episode.variant, repeat=episode.repeat, seed=episode.seed)
    (outcome,) = outcomes([item], [episode], {})
    own = {name: measured(name, episode) for name in REGISTRY.names("metric")}
    held = {name: value for name, value in outcome.values.items() if name not in outcome.provisional}
    return {**held, **{name: value for name, value in own.items() if value is not None}}
