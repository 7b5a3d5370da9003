"""What a run came to, per variant: coverage first, then the trio with intervals."""

from __future__ import annotations

import math
import numbers
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import get_args

from pydantic import Field

from empa_graph.content.registry import REGISTRY
from empa_graph.cues.script import run_script
from empa_graph.errors import ContentError, UsageError
from empa_graph.models.calibration_named import NamedCalibration
from empa_graph.models.episode import Episode, Epmq
from empa_graph.models.outcome import RANGES, figures
from empa_graph.models.record import Record
from empa_graph.models.run import Run
from empa_graph.models.script_finding import VOIDED, ScriptFinding
from empa_graph.models.simulator import Simulator, simulator
from empa_graph.report.causes import Cause, causes, faults
from empa_graph.report.contrast import Contrast, contrasts
from empa_graph.report.judge_agreement import PanelAgreement, panel_agreement
from empa_graph.report.lines import as_text
from empa_graph.scoring.correction import Residual, corrected_estimate
from empa_graph.scoring.epmq import Definition
from empa_graph.scoring.statistics import mean_interval

METRICS = ("alignment_index", "impact_index", "stability_index", "composite")


class Metric(Record):
    """A mean over episodes with its 95% interval over scenarios; None where there is too little."""

    mean: float
    low: float | None
    high: float | None
    equal: int = 0
    """Clusters, where they are too few and all equal and so have no interval; else 0."""
    missing: int = 0
    """Scored episodes that the mean leaves out: they have no number, or one of support that is provisional."""


class VariantSummary(Record):
    """One variant: how many episodes were planned, scored and failed, and what the scored ones say."""

    variant: str
    planned: int
    scored: int
    failed: dict[str, int]
    """Episodes without a score, by cause."""
    faults: dict[str, int]
    """Turns, also of episodes without a score, by what went wrong and did not end the episode.

    A missing judgement, an empty, truncated or refused reply.
    """
    causes: tuple[Cause, ...]
    """The `NAMED` most frequent failures that a detail explains, of those two kinds together."""
    simulator: Simulator
    """How often the voice of the simulated person failed, over all episodes."""
    endings: dict[str, int]
    coverage: float | None
    """Judged turns / turns, over scored episodes."""
    turns: float | None
    metrics: dict[str, Metric]
    """The trio and its composite, what stands beside them, and every registered metric with a number to average.

    What is `void` is absent; so is support of which every value is provisional.
    """
    corrected: dict[str, Metric] = Field(default_factory=dict)
    """Means corrected by people's ratings, of the metrics that the run's calibration corrects; a void one is absent."""
    void: tuple[str, ...] = ()
    """What the run would have means of, were it not `scripted`."""
    supported: int = 0
    """Scored episodes with a value of support."""
    provisional: int = 0
    """Those of them whose value stands on too few replies; no mean counts it."""
    capped: int = 0
    """Those of them whose value is where a guard caps it and no measurement (docs/guards.md)."""
    epmq: dict[Definition, dict[str, Metric]]
    """EPM-Q by definition: nine indices, three dimensions, the composite (absent likewise); empty for other rubrics."""


class Summary(Record):
    """A whole run."""

    run: str
    agent: str
    evaluator: str
    rubric: str
    profile: str
    judge_checks: dict[str, str] = Field(default_factory=dict)
    """Of every judge, whether it was checked on graded replies and with what result."""
    calibration: NamedCalibration | None = None
    """The calibration that the run names; None where it names none."""
    variants: tuple[VariantSummary, ...]
    script: ScriptFinding
    """How much of what the agent said is a script; of one that is ``scripted`` composite and support are void."""
    contrasts: tuple[Contrast, ...]
    """Each further variant beside the first; none where the composite is void."""
    agreement: PanelAgreement | None
    """How far the judges of a panel agree; None without a panel."""

    def __str__(self) -> str:
        """Return the table of the run, with what its figures stand on."""
        return as_text(self)

    @property
    def failed_share(self) -> float:
        """Share of the planned episodes that were left without a score."""
        planned = sum(variant.planned for variant in self.variants)
        return 1.0 - sum(variant.scored for variant in self.variants) / planned if planned else 0.0

    @property
    def complete(self) -> bool:
        """Whether every planned episode was scored."""
        return all(variant.scored == variant.planned for variant in self.variants)


def summarise(run: Run, episodes: Iterable[Episode]) -> Summary:
    """Return the summary of a run from its stored episodes. Raises ContentError for one of another run."""
    by_variant: dict[str, list[Episode]] = {variant: [] for variant in run.config.suite.variants}
    for episode in episodes:
        if episode.variant not in by_variant:
            raise ContentError(f"run '{run.id}': an episode of variant '{episode.variant}', which it does not plan")
        by_variant[episode.variant].append(episode)
    planned = Counter(item.variant for item in run.plan)
    script = run_script(episode for played in by_variant.values() for episode in played)
    variants = (variant_summary(name, planned[name], played, run) for name, played in by_variant.items())
    return Summary(
        run=run.id,
        agent=run.config.agent.spec,
        evaluator=run.config.evaluator.name,
        rubric=run.rubric,
        profile=run.config.evaluator.profile,
        variants=tuple(map(without_void, variants) if script.scripted else variants),
        script=script,
        contrasts=() if script.scripted else contrasts(by_variant, seed=run.config.suite.seed),
        judge_checks=run.judge_checks,
        calibration=run.calibration,
        agreement=panel_agreement(episode for played in by_variant.values() for episode in played),
    )


def without_void(variant: VariantSummary) -> VariantSummary:
    """Return what is left of a variant that answers from a script: what is `VOIDED` is absent, and no other number."""
    metrics = {name: metric for name, metric in variant.metrics.items() if name not in VOIDED}
    held = dict.fromkeys((*variant.metrics, *(["support"] if variant.supported else [])))
    void = tuple(name for name in held if name in VOIDED)
    epmq = {
        definition: {name: metric for name, metric in found.items() if name != "composite"}
        for definition, found in variant.epmq.items()
    }
    corrected = {name: metric for name, metric in variant.corrected.items() if name not in VOIDED}
    return variant.model_copy(update={"metrics": metrics, "epmq": epmq, "void": void, "corrected": corrected})


def variant_summary(name: str, planned: int, played: Sequence[Episode], run: Run | None) -> VariantSummary:
    """Return what the ``played`` episodes of one variant came to; ``run`` is None of conversations that were judged."""
    seed = run.config.suite.seed if run is not None else 0
    scored = [episode for episode in played if episode.score is not None]
    failed = Counter(
        episode.failure.kind if episode.failure else str(episode.unscored)
        for episode in played
        if episode.score is None
    )
    if planned > len(played):
        failed["not played"] = planned - len(played)
    count, cases = len(scored) or None, [episode.scenario for episode in scored]
    return VariantSummary(
        variant=name,
        planned=planned,
        scored=len(scored),
        failed=dict(failed),
        faults=dict(Counter(kind for episode in played for kind in faults(episode))),
        causes=causes(played, run),
        simulator=simulator(played),
        endings=dict(Counter(episode.ending for episode in played)),
        coverage=count and sum(e.score.coverage for e in scored if e.score) / count,
        turns=count and sum(episode.turns for episode in scored) / count,
        metrics={
            name: averaged([getattr(e.score, name) for e in scored], cases, seed=seed, name=name)
            for name in METRICS
            if scored
        }
        | beside(scored, seed)
        | _registered(scored, seed),
        corrected=_corrected(scored, run.calibration) if run and run.calibration else {},
        supported=sum(episode.support is not None for episode in scored),
        provisional=sum(episode.support is not None and episode.support.provisional for episode in scored),
        capped=sum(episode.support is not None and bool(episode.support.capped_by) for episode in scored),
        epmq=_epmq(scored, seed),
    )


def _corrected(scored: Sequence[Episode], named: NamedCalibration) -> dict[str, Metric]:
    """Return the means that ``named`` corrects, with intervals over scenarios in which the labels' spread counts.

    Support that is provisional counts in none of them.
    """
    found = {}
    for name, residue in named.corrections.items():
        told = [e for e in scored if not (name == "support" and e.support is not None and e.support.provisional)]
        rows = [(values[name], e.scenario) for e in told if name in (values := figures(e))]
        if rows:
            people = Residual(residue.mean, residue.sd, residue.n)
            scores, scenarios = [score for score, _ in rows], [scenario for _, scenario in rows]
            estimate = corrected_estimate(scores, scenarios, people, within=RANGES[name])
            low, high = estimate.interval[:2] if estimate.interval else (None, None)
            found[name] = Metric(mean=estimate.mean, low=low, high=high, missing=len(scored) - len(rows))
    return found


def beside(scored: Sequence[Episode], seed: int) -> dict[str, Metric]:
    """Average progress and, over the episodes that have it and enough replies, support by either coder."""
    progress = [(e.score.progress, e.scenario) for e in scored if e.score is not None]
    support = [(e.support.value, e.scenario) for e in scored if e.support is not None and not e.support.provisional]
    judged = [(e.support_judged.value, e.scenario) for e in scored if e.support_judged is not None]
    coded = [(value, scenario) for value, scenario in judged if value is not None]
    found = {"progress": progress, "support": support, "support_judged": coded}
    return {
        name: averaged(*zip(*rows, strict=True), seed=seed, name=name).model_copy(
            update={"missing": len(scored) - len(rows)}
        )
        for name, rows in found.items()
        if rows
    }


def measured(name: str, episode: Episode) -> float | None:
    """Return the registered metric ``name`` of one episode, None where it has no number.

    Raises NotFoundError with the nearest name; UsageError naming its owner where it fails or gives no finite number.
    """
    measure = REGISTRY.find("metric", name, builtin=METRICS)
    who = f"metric '{name}' of {REGISTRY.origin('metric', name)} on {episode.scenario}, repeat {episode.repeat}"
    try:
        value = measure(episode)
    except (Exception, SystemExit) as error:
        raise UsageError(f"{who} failed: {type(error).__name__}: {' '.join(str(error).split())[:200]}") from error
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise UsageError(f"{who} gave {str(value)[:80]!r}, allowed is a finite number or None")
    return float(value)


def _registered(scored: Sequence[Episode], seed: int) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for name in REGISTRY.names("metric"):
        pairs = [(value, e) for e in scored if (value := measured(name, e)) is not None]
        if pairs:
            metric = averaged([value for value, _ in pairs], [episode.scenario for _, episode in pairs], seed=seed)
            found[name] = metric.model_copy(update={"missing": len(scored) - len(pairs)})
    return found


def _epmq(scored: Sequence[Episode], seed: int) -> dict[Definition, dict[str, Metric]]:
    """Average EPM-Q over cases, by definition; only where every scored episode has it."""
    found: dict[Definition, dict[str, Metric]] = {}
    for definition in get_args(Definition):
        rows = [e.score.epmq[definition] for e in scored if e.score and definition in e.score.epmq]
        if rows and len(rows) == len(scored):
            found[definition] = {
                name: averaged([getattr(row, name) for row in rows], [e.scenario for e in scored], seed=seed)
                for name in Epmq.model_fields
            }
    return found


def averaged(
    values: Sequence[float],
    clusters: Sequence[str] | None = None,
    *,
    seed: int,
    name: str = "",
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Metric:
    """Return the mean of ``values`` with its interval over ``clusters``, by default over the values.

    The interval ends with the range of the metric of that ``name``, or with that ``within`` which the values lie.
    """
    estimate = mean_interval(values, clusters, seed=seed, within=RANGES.get(name, within))
    if estimate.interval is None:
        return Metric(mean=estimate.mean, low=None, high=None, equal=estimate.n if estimate.n > 1 else 0)
    low, high = estimate.interval[:2]
    return Metric(mean=estimate.mean, low=low, high=high)
