"""What went wrong in an entrant's episodes, by cause and by whose fault as its summary counts, and what they cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

import numpy as np

from empa_graph.models.failure import Blame, Failure
from empa_graph.models.turn_record import ModelCall
from empa_graph.report.causes import DETAILED
from empa_graph.report.page.records import Cost, Fault
from empa_graph.report.page.rows import Played
from empa_graph.report.summary import VariantSummary
from empa_graph.report.text import one_line

_OWN: dict[str, Blame] = {"truncated_reply": "empathic", "refused_reply": "empathic", "not played": "us"}
"""Whose fault is what no failure is recorded of."""


class _Instance(NamedTuple):
    """One failure and the episode that it happened in."""

    episode: int
    failure: Failure


def faults(entrant: int, summary: VariantSummary, played: Sequence[Played]) -> Iterator[Fault]:
    """Yield what ended episodes, and then what went wrong on the way, the most frequent first."""
    ended = [_Instance(one.id, one.episode.failure) for one in played if one.episode.failure is not None]
    passed = [_Instance(one.id, fault) for one in played for fault in one.episode.faults]
    for counts, instances, ends in ((summary.failed, ended, True), (summary.faults, passed, False)):
        for kind, count in sorted(counts.items(), key=lambda item: -item[1]):
            of_kind = [found for found in instances if found.failure.kind == kind]
            yield Fault(
                entrant=entrant,
                kind=one_line(kind),
                blame=_blame(kind, of_kind),
                count=count,
                ends=ends,
                detail=one_line(of_kind[0].failure.detail)[:DETAILED] if of_kind else "",
                episode=of_kind[0].episode if of_kind else None,
            )


def _blame(kind: str, instances: Sequence[_Instance]) -> Blame | Literal["unknown"]:
    """Return who caused most of them."""
    blamed = Counter(found.failure.blame for found in instances)
    return blamed.most_common(1)[0][0] if blamed else _OWN.get(kind, "unknown")


def costs(calls: Sequence[ModelCall], entrant_of: Mapping[int, int]) -> Iterator[Cost]:
    """Yield a row by entrant, role and model; ``entrant_of`` says whose the episodes are, by number in the plan.

    What was replayed is counted apart and costs nothing.
    """
    found: defaultdict[tuple[int, str, str], list[ModelCall]] = defaultdict(list)
    for call in calls:
        found[entrant_of.get(call.episode, -1), call.role, call.model].append(call)
    for (entrant, role, model), group in sorted(found.items()):
        yield _cost(None if entrant < 0 else entrant, role, model, group)


def _cost(entrant: int | None, role: str, model: str, group: Sequence[ModelCall]) -> Cost:
    sent = [call for call in group if not call.replayed]
    answered = [call for call in sent if call.failure is None]
    used = [call.usage for call in sent if call.usage is not None]
    return Cost(
        entrant=entrant,
        role=role,
        model=one_line(model),
        calls=len(sent),
        failed=len(sent) - len(answered),
        replayed=len(group) - len(sent),
        tokens_in=sum(usage.tokens_in or 0 for usage in used),
        tokens_cached=sum(usage.tokens_cached or 0 for usage in used),
        tokens_out=sum(usage.tokens_out or 0 for usage in used),
        cost=sum(call.cost or 0.0 for call in sent),
        unpriced=sum(call.cost is None for call in answered),
        seconds=_seconds([call.latency for call in answered]),
    )


def _seconds(latencies: Sequence[float]) -> dict[str, float]:
    if not latencies:
        return {}
    median, late = np.quantile(latencies, (0.5, 0.95))
    return {"median": float(median), "p95": float(late), "total": float(sum(latencies))}
