"""What a run asked of models: calls, tokens, cost and latency by entrant, role and model."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from empa_graph.models.turn_record import ModelCall
from empa_graph.report.page.records import Cost
from empa_graph.report.text import one_line


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
