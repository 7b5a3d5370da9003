"""What judged conversations came to, each weighing the same; nobody planned them, and no run stands behind them."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence

from empa_graph.cues.script import run_script
from empa_graph.models.episode import Episode
from empa_graph.report.judge_agreement import panel_agreement
from empa_graph.report.lines import BESIDE
from empa_graph.report.summary import METRICS, Metric, Summary, averaged, variant_summary


def summarise_judged(name: str, judged: Sequence[Episode]) -> Summary:
    """Return the summary of a file of judged conversations called ``name``; `conversation_means` are its means.

    A script is told and voids nothing: the file may hold conversations of several agents.
    """
    by_variant: dict[str, list[Episode]] = {}
    for episode in judged:
        by_variant.setdefault(episode.variant, []).append(episode)
    return Summary(
        run=name,
        agent=_named(judged, "agent"),
        evaluator=_named(judged, "evaluator"),
        rubric=_named(judged, "rubric"),
        profile=", ".join(dict.fromkeys(e.score.profile for e in judged if e.score is not None)) or "-",
        variants=tuple(
            variant_summary(variant, len(held), held, None).model_copy(update={"metrics": conversation_means(held)})
            for variant, held in by_variant.items()
        ),
        script=run_script(judged),
        contrasts=(),
        agreement=panel_agreement(judged),
    )


def _named(judged: Sequence[Episode], field: str) -> str:
    return ", ".join(dict.fromkeys(str(getattr(episode, field)) for episode in judged))


class Means:
    """Averages conversations as they come; of each only its numbers are kept."""

    def __init__(self) -> None:
        self.scored = 0
        self.supported = 0
        self.provisional = 0
        """Values of support that stand on too few replies, of those ``supported``; no mean counts them."""
        self._values: dict[str, array[float]] = {name: array("d") for name in (*METRICS, *BESIDE)}

    def add(self, episode: Episode) -> None:
        """Take in one conversation; one without a score counts for nothing."""
        if episode.score is None:
            return
        self.scored += 1
        support = episode.support
        self.supported += support is not None
        self.provisional += support is not None and support.provisional
        beside: dict[str, float | None] = {
            "progress": episode.score.progress,
            "support": None if support is None or support.provisional else support.value,
            "support_judged": None if episode.support_judged is None else episode.support_judged.value,
        }
        for name, values in self._values.items():
            value = beside[name] if name in beside else getattr(episode.score, name)
            if value is not None:
                values.append(value)

    def metrics(self, *, seed: int = 0) -> dict[str, Metric]:
        """Return the trio, the composite and what stands beside them, each conversation weighing the same."""
        return {
            name: averaged(values, seed=seed, name=name).model_copy(update={"missing": self.scored - len(values)})
            for name, values in self._values.items()
            if values
        }


def conversation_means(judged: Iterable[Episode], *, seed: int = 0) -> dict[str, Metric]:
    """Return the `Means` of conversations; empty where none is scored."""
    means = Means()
    for episode in judged:
        means.add(episode)
    return means.metrics(seed=seed)
