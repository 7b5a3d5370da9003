"""What went wrong in the episodes of a run: the faults of each, and the most frequent causes with an instance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from empa_graph.models.dialogue import CUT_OFF, REFUSALS
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Blame, Failure
from empa_graph.models.record import Record
from empa_graph.models.run import Run
from empa_graph.report.text import one_line

_CUT_SHORT = dict.fromkeys(CUT_OFF, "truncated_reply") | dict.fromkeys(REFUSALS, "refused_reply")
"""Finish reasons of an agent's message that its score should be read beside."""
NAMED = 3
"""Causes of failures that a summary names."""
DETAILED = 240
"""Characters of a cause's detail."""


class Cause(Record):
    """What went wrong most often: how often, who is to blame, which model was asked, and one instance of it."""

    kind: str
    count: int
    blame: Blame
    asked: str | None
    """The model and, where the detail does not say it, its server."""
    detail: str


def faults(episode: Episode) -> Iterator[str]:
    """Yield the kinds of what went wrong in an episode that ended, replies cut off or refused by a service included."""
    yield from (fault.kind for fault in episode.faults)
    for message in episode.messages:
        reason = (message.finish_reason or "").lower()
        if message.speaker == "empathic" and reason in _CUT_SHORT:
            yield _CUT_SHORT[reason]


def causes(played: Sequence[Episode], run: Run | None) -> tuple[Cause, ...]:
    """Return the most frequent causes of failures, up to `NAMED`, each with its first instance."""
    failures = [failure for episode in played for failure in _failures(episode)]
    first = {failure.kind: failure for failure in reversed(failures) if failure.kind != "empty_reply"}
    counts = Counter(failure.kind for failure in failures if failure.kind in first)
    return tuple(_cause(first[kind], count, run) for kind, count in counts.most_common(NAMED))


def _failures(episode: Episode) -> Iterator[Failure]:
    if episode.failure is not None:
        yield episode.failure
    yield from episode.faults
    if episode.support_judged is not None and episode.support_judged.failure is not None:
        yield episode.support_judged.failure


def _cause(failure: Failure, count: int, run: Run | None) -> Cause:
    detail = one_line(failure.detail)
    asked = None if run is None else _asked(failure.seat or failure.blame, detail, run)
    short = detail if len(detail) <= DETAILED else f"{detail[: DETAILED - 3]}..."
    return Cause(kind=failure.kind, count=count, blame=failure.blame, asked=asked, detail=short)


def _asked(seat: str, detail: str, run: Run) -> str | None:
    """Return the model that sits there and, where the ``detail`` names none, its server."""
    config = run.config
    seats = {
        "empathic": config.agent.spec,
        "evaluator": ", ".join(config.evaluator.judges),
        "support_judge": config.evaluator.support_judge,
        "persona": config.persona.voice,
        "director": config.director,
    }
    asked = seats.get(seat) or None
    url = _url(seat, asked, run) if asked and "://" not in detail else None
    return f"{asked} at {url}" if url else asked


def _url(seat: str, asked: str, run: Run) -> str | None:
    """Return where a model was asked, as far as the manifest tells: one that names its provider was asked there."""
    url = run.config.agent.base_url
    if seat == "empathic":
        return url
    return run.config.evaluator.judge_base_url or (None if ":" in asked else url)
