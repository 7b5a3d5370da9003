"""Runs that something is decided or compared over: read whole, and refused where that would mean nothing."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from empa_graph.errors import ContentError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.report.comparison import Answered, comparison
from empa_graph.run.home import opened
from empa_graph.store.folder import load_run
from empa_graph.store.ledger import Store


class WholeRun(NamedTuple):
    """A run as it lies in its folder."""

    run: Run
    episodes: tuple[Episode, ...]


def whole_run(path: Path, store: str | None) -> WholeRun:
    """Read a run whole. Raises ContentError for a stored figure that its own levels do not give."""
    from empa_graph.run.recount import Recount

    with opened(path, store=store) as ledger:
        recount, found = Recount(ledger), []
        for number, episode in ledger.numbered():
            wrong = recount.found(number, episode)
            if wrong is not None:
                raise ContentError(f"{path}: {wrong}; nothing is decided over such a run (empa verify {path})")
            found.append(episode)
    return WholeRun(load_run(path), tuple(found))


def refuse_incomparable(baseline: Path, candidate: Path, store: str | None = None) -> None:
    """Raise UsageError in one line, with every reason, for two runs whose scores mean different things."""
    found = comparison(
        load_run(baseline),
        load_run(candidate),
        left_answered=answered_in(baseline, store),
        right_answered=answered_in(candidate, store),
        left_without=left_out_in(baseline, store),
        right_without=left_out_in(candidate, store),
    )
    if not found.comparable:
        reasons = "; ".join(f"{difference.field}: {difference.why}" for difference in found.blocking)
        raise UsageError(f"{baseline} and {candidate} cannot be compared: {reasons} (empa diff shows both)")


def answered_in(run: Path, store: str | None = None) -> Answered:
    """Return the models that answered in a stored run, by role."""
    return _asked(run, store, Store.answered)


def left_out_in(run: Path, store: str | None = None) -> Answered:
    """Return what models were asked without in a stored run, by role."""
    return _asked(run, store, Store.left_out)


def _asked(run: Path, store: str | None, ask: Callable[[Store], Answered]) -> Answered:
    with opened(run, store=store) as ledger:
        return ask(ledger)
