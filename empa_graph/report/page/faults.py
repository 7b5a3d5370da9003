"""What went wrong in an entrant's episodes, by cause and by whose fault; the counts are those of its summary."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from empa_graph.models.failure import Blame, Failure
from empa_graph.report.causes import DETAILED
from empa_graph.report.page.records import Fault
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
