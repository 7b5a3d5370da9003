"""Figures of single episodes (needs the ``report`` extra)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from empa_graph.errors import MissingExtraError
from empa_graph.models.episode import Episode

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def trajectory_figure(episode: Episode) -> Figure:
    """Draw each dimension's position over the judged turns, with its target as a dashed line.

    Raises MissingExtraError without matplotlib.
    """
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise MissingExtraError("plots need matplotlib: pip install 'empa-graph[report]'") from None
    figure = Figure(figsize=(8, 4.5), layout="constrained")
    axes = figure.subplots()
    latent = episode.latent
    turns = [0, *(step.turn for step in latent.judged)]
    for index, name in enumerate(latent.dimensions):
        (line,) = axes.plot(turns, [point[index] for point in latent.positions], marker="o", ms=3, label=name)
        axes.axhline(latent.target[index], color=line.get_color(), ls="--", lw=0.8, alpha=0.6)
    axes.set_xlabel("turn")
    axes.set_ylabel("position (dashed: target)")
    axes.set_ylim(-1.05, 1.05)
    axes.set_title(f"{episode.scenario}, {episode.agent} ({episode.variant}): {episode.ending}")
    axes.legend(ncols=2, fontsize="small")
    return figure
