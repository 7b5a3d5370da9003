"""The aggregate record of one variant: who was tested and by whom, every mean with its interval, what is left out."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal, NamedTuple

from empa_graph.errors import ContentError
from empa_graph.models.outcome import RANGES
from empa_graph.models.run import Run
from empa_graph.models.support import provisional_of
from empa_graph.report.every_eval_ever.scoring import judging, means, model_info
from empa_graph.report.lines import MEANS
from empa_graph.report.model_identity import Identity, folder_name
from empa_graph.report.summary import Metric, Summary, VariantSummary
from empa_graph.scoring.statistics import FEW, MANY, alike

UNITS = {1.0: "proportion", 100.0: "points"}
"""What a metric of this range is counted in; of one without an end it is not said."""
SCHEMA = "0.3.0"
"""The version of Every Eval Ever's schemas that is written."""
Relationship = Literal["first_party", "third_party", "collaborative", "other"]
RELATIONSHIPS: tuple[Relationship, ...] = ("first_party", "third_party", "collaborative", "other")
Json = dict[str, Any]
"""A JSON object of a foreign format."""


class Publisher(NamedTuple):
    """Who says what the record says, and how they stand to who made the agent."""

    organization: str = "unknown"
    relationship: Relationship | None = None
    """None where it was not said; the format has only ``other`` for that."""

    @property
    def maker(self) -> str:
        """Who made an agent whose name does not tell: the publisher itself, where it is the first party."""
        return self.organization if self.relationship == "first_party" and self.organization != "unknown" else ""


UNSAID = Publisher()
"""Nobody has said who publishes."""


class Address(NamedTuple):
    """Where the record of one variant lies below the folder of an export."""

    set: str
    identity: Identity
    key: str
    """A UUID of version 4, as the format asks for, made of the manifest and the variant: the same each time."""

    @property
    def folder(self) -> str:
        """``data/<set>/<developer>/<model>``."""
        return f"data/{self.set}/{self.identity.id}"

    @property
    def record(self) -> str:
        """The aggregate, below the folder of an export."""
        return f"{self.folder}/{self.key}.json"

    @property
    def samples(self) -> str:
        """The samples, below the folder of an export."""
        return f"{self.folder}/{self.key}_samples.jsonl"


def address(run: Run, variant: str, found: Identity) -> Address:
    """Return where the record of a variant lies."""
    digest = sha256(f"{run.model_dump_json()}\n{variant}".encode()).digest()
    return Address(f"empa-{folder_name(run.rubric)}", found, str(uuid.UUID(bytes=digest[:16], version=4)))


def head(run: Run, variant: str, place: Address) -> Json:
    """Return what the aggregate and its samples share."""
    name = f"{place.set}-{folder_name(variant)}/{place.identity.id.replace('/', '_')}/{_epoch(run)}"
    return {"schema_version": SCHEMA, "evaluation_id": name}


def result_id(place: Address, figure: str) -> str:
    """Return the key under which samples find the result of a figure."""
    return f"{place.key}:{figure}"


def record(
    run: Run,
    summary: Summary,
    variant: VariantSummary,
    place: Address,
    publisher: Publisher,
    clusters: Mapping[str, int],
) -> Json:
    """Return the aggregate of one variant without its samples; ``clusters`` counts the scenarios of each figure."""
    return {
        **head(run, variant.variant, place),
        "evaluation_timestamp": _epoch(run),
        "retrieved_timestamp": _epoch(run),
        "source_metadata": {
            "source_name": "empa_graph",
            "source_type": "evaluation_run",
            "source_organization_name": publisher.organization,
            "evaluator_relationship": publisher.relationship or "other",
            "additional_details": _left_out(run, summary, variant)
            | ({} if publisher.relationship else {"evaluator_relationship": "not stated"}),
        },
        "eval_library": {"name": "empa_graph", "version": run.versions.get("empa-graph", "unknown")},
        "model_info": model_info(place.identity, {"variant": variant.variant}),
        "evaluation_results": [
            _result(run, variant, place, figure, metric, clusters.get(figure, 0))
            for figure, metric in means(variant).items()
        ],
    }


def _left_out(run: Run, summary: Summary, variant: VariantSummary) -> dict[str, str]:
    """Return what the numbers stand on, and what has none and why."""
    found = {"run": run.id, "variant": variant.variant, "planned": str(variant.planned), "scored": str(variant.scored)}
    if variant.failed:
        found["without_score"] = ", ".join(f"{cause}: {count}" for cause, count in variant.failed.items())
    if variant.faults:
        found["faults"] = ", ".join(f"{kind}: {count}" for kind, count in variant.faults.items())
    if variant.provisional and "support" not in variant.void:
        found["support"] = provisional_of(variant.provisional, variant.supported)
    return found | dict.fromkeys(variant.void, f"void, since the run is scripted: {summary.script}")


def _result(run: Run, variant: VariantSummary, place: Address, figure: str, metric: Metric, clusters: int) -> Json:
    return {
        "evaluation_result_id": result_id(place, figure),
        "evaluation_name": place.set,
        "source_data": {
            "dataset_name": place.set,
            "source_type": "other",
            "additional_details": {"rubric": run.rubric, "scenarios": str(len({item.scenario for item in run.plan}))},
        },
        "evaluation_timestamp": _epoch(run),
        "metric_config": _metric(run, figure),
        "score_details": {
            "score": metric.mean,
            "details": {"planned": str(variant.planned), "scored": str(variant.scored)}
            | ({"coverage": f"{variant.coverage:.4f}"} if variant.coverage is not None else {})
            | ({"interval": alike(metric.equal)} if metric.equal else {}),
            "uncertainty": _uncertainty(metric, variant.scored - metric.missing, clusters),
        },
        "generation_config": _generation(run, place.identity),
    }


def _metric(run: Run, figure: str) -> Json:
    known = figure in RANGES
    low, high = RANGES.get(figure, (-math.inf, math.inf))
    scoring = judging(run, figure)
    return {
        "metric_id": f"empa_graph.{figure}",
        "metric_name": figure,
        **({"metric_unit": UNITS[high]} if low == 0.0 and high in UNITS else {}),
        **({"evaluation_description": MEANS[figure]} if figure in MEANS else {}),
        "lower_is_better": False,
        "score_type": "continuous",
        "min_score": _bound(low),
        "max_score": _bound(high),
        "additional_details": {"evaluator": run.config.evaluator.name, "profile": run.config.evaluator.profile}
        | ({} if known else {"direction": "a registered metric: which way is better, and its range, is not stated"}),
        **({"llm_scoring": scoring} if scoring else {}),
    }


def _bound(value: float) -> float | str:
    return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"


def _uncertainty(metric: Metric, episodes: int, clusters: int) -> Json:
    if metric.low is None or metric.high is None:
        return {"num_samples": episodes}
    method = f"{'percentile bootstrap' if FEW <= clusters < MANY else 't'} over {clusters} scenarios"
    bounds = {"lower": metric.low, "upper": metric.high, "confidence_level": 0.95, "method": method}
    return {"confidence_interval": bounds, "num_samples": episodes}


def _generation(run: Run, found: Identity) -> Json:
    agent, suite = run.config.agent, run.config.suite
    asked = {"temperature": agent.temperature, "max_tokens": agent.max_tokens} if found.provider else {}
    turns = {} if suite.max_turns is None else {"max_turns": str(suite.max_turns)}
    return {
        "generation_args": asked,
        "additional_details": {"persona_voice": run.config.persona.voice, "repeats": str(suite.repeats), **turns},
    }


def _epoch(run: Run) -> str:
    """Return when the run began, in seconds since 1970; the record bears it too, so that it is the same each time."""
    try:
        return str(int(datetime.fromisoformat(run.created).astimezone(UTC).timestamp()))
    except (ValueError, OverflowError):
        raise ContentError(f"run '{run.id[:200]}': created: '{run.created[:60]}' is no time in ISO 8601") from None
