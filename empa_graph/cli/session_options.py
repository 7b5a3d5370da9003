"""How a session goes, as it was typed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from empa_graph.errors import NotFoundError
from empa_graph.models.run import Limits
from empa_graph.run.schedule import OnOutage


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What a session may use, how it meets trouble, how it reports; none of it changes what is measured."""

    limits: Limits
    on_outage: OnOutage = "fail"
    max_failed: float = 0.0
    cache: Path | None = None
    offline: bool = False
    dry_run: bool = False
    otel: bool = False
    langsmith: bool = False
    json: bool = False


def typed_limits(
    cost: float | None, tokens: int | None, minutes: float | None, episode_tokens: int | None, seconds: float | None
) -> Limits:
    """Return the limits as they were typed."""
    return Limits(
        run_cost=cost,
        run_tokens=tokens,
        run_seconds=minutes and 60 * minutes,
        episode_tokens=episode_tokens,
        episode_seconds=seconds,
    )


def typed_outage(word: str) -> OnOutage:
    """Return what a judge out of reach means. Raises NotFoundError."""
    if word not in get_args(OnOutage):
        raise NotFoundError("way to meet an outage", word, get_args(OnOutage), where="--on-judge-outage")
    return cast(OnOutage, word)
