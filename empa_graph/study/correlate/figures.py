"""The numbers of one judged conversation by name: `figures` is the one place they are taken from.

A number that the record of an episode or of its score holds is found here by its field's name, and a metric of the gate
by its own, so that a new one appears in `empa correlate` and `empa calibrate` by itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from empa_graph.models.behaviour import SIGNS
from empa_graph.models.episode import Episode
from empa_graph.models.outcome import FACTS, RANGES, outcomes
from empa_graph.models.run import Planned
from empa_graph.roles.evaluator.offline import OFFLINE

LENGTH = "length"
"""Mean words of an answered turn, the baseline that every metric is held against."""
_TOLD_OTHERWISE = frozenset(
    {"schema_version", "repeat", "seed", "messages", "latent", "persona_state", "failure", "faults", "notes"}
    | {"directives", "success", *FACTS}
)
"""Fields of an episode that are no metric of what was said."""
_BESIDE = frozenset({"low", "high", "usage", "cost", "failure"})
"""Fields of a metric that say how sure it is, or what it took, and not what was said."""
_WHOLE = frozenset({"value", "mean"})
"""Fields that bear the name of the record they stand in."""
PARTS = ("progress_level.", "regress_level.", "movement.", "code.", "epmq.")
"""Metrics of a single dimension, behaviour or index; shown where they are named."""


def figures(episode: Episode) -> dict[str, float]:
    """Return every metric of ``episode`` that has a number, finite, by name; without a score only what needs none."""
    plan = Planned(scenario=episode.scenario, variant=episode.variant, repeat=episode.repeat, seed=episode.seed)
    (outcome,) = outcomes([plan], [episode], {})
    found = dict(_numbers(episode)) | outcome.values | _codes(episode) | {LENGTH: reply_length(episode)}
    return {name: float(value) for name, value in found.items() if name not in _TOLD_OTHERWISE and math.isfinite(value)}


def is_part(name: str) -> bool:
    """Say whether the metric ``name`` is of a single dimension, behaviour or index."""
    return name.startswith(PARTS)


def reply_length(episode: Episode) -> float:
    """Return the words of the agent per turn that it answered, 0 without one."""
    words = sum(len(message.content.split()) for message in episode.messages if message.speaker == "empathic")
    return words / episode.turns if episode.turns else 0.0


def ends(name: str) -> tuple[float, float] | None:
    """Return the least and greatest value of the metric ``name``; None where it has not both."""
    low, high = RANGES.get(name, (-math.inf, math.inf))
    return (low, high) if math.isfinite(low) and math.isfinite(high) else None


def _numbers(record: BaseModel) -> Iterator[tuple[str, float]]:
    """Yield the numbers of ``record``; those of its score under their own names, others under their record's."""
    for name in type(record).model_fields:
        if name not in _TOLD_OTHERWISE:
            yield from _within(name, getattr(record, name), name if name != "score" else "")


def _within(field: str, value: Any, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(value, bool) or value is None or field in _BESIDE:
        return
    if isinstance(value, int | float):
        yield path, float(value)
        return
    inner: Mapping[str, Any] = {}
    if isinstance(value, BaseModel):
        inner = {name: getattr(value, name) for name in type(value).model_fields}
    elif isinstance(value, Mapping):
        inner = {str(name): part for name, part in value.items()}
    for name, part in inner.items():
        yield from _within(name, part, path if name in _WHOLE and path else f"{path}.{name}".lstrip("."))


def _codes(episode: Episode) -> dict[str, float]:
    """Return the mean strength of every coded behaviour per judged turn; empty where none was coded."""
    assessed = [step.assessment for step in episode.latent.judged if step.assessment is not None]
    if not any(assessment.codes for assessment in assessed) and episode.evaluator not in OFFLINE:
        return {}
    found = {f"code.{sign}": 0.0 for sign in SIGNS}
    for code in (code for assessment in assessed for code in assessment.codes):
        found[f"code.{code.behaviour}"] += code.strength / len(assessed)
    return found
