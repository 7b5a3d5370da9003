"""What a run came to: its summary, its episodes, and how it stands beside another run."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from empa_graph.errors import MissingExtraError, SuspendedError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.report.comparison import Comparison, comparison
from empa_graph.report.contrast import Contrast, contrasts
from empa_graph.report.summary import Summary, summarise
from empa_graph.run.home import opened
from empa_graph.store.ledger import Store


class Versus(NamedTuple):
    """Two runs beside each other."""

    comparison: Comparison
    """Whether their scores may be compared, and what differs."""
    contrasts: tuple[Contrast, ...]
    """The composite of this run minus that of the other, paired over scenarios, by variant that both play."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run that was played to its end, to a limit or to a stop; what it holds is read from its folder."""

    folder: Path
    run: Run
    summary: Summary
    """``print(result.summary)`` shows the table."""
    stopped: str | None = None
    """What stopped the run before its end; None when everything planned was played."""
    head: str = ""
    """The last link of the store's chain, for ``empa verify``."""
    _url: str | None = field(default=None, repr=False)

    @property
    def episodes(self) -> Iterator[Episode]:
        """The ended episodes by number, read as they are asked for."""
        with opened(self.folder, self.run.id, store=self._url) as store:
            yield from store.episodes()

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row for each ended episode. Raises MissingExtraError without pandas."""
        if importlib.util.find_spec("pandas") is None:
            raise MissingExtraError("to_frame() needs pandas: pip install 'empa-graph[frame]'")
        with opened(self.folder, self.run.id, store=self._url) as store:
            rows = [outcome._asdict() for outcome in store.outcomes()]
        return importlib.import_module("pandas").DataFrame(rows)

    def compare(self, other: RunResult) -> Versus:
        """Return how this run stands beside an ``other`` one, the baseline."""
        mine, theirs = (_by_variant(result) for result in (self, other))
        found: list[Contrast] = []
        for variant in mine.keys() & theirs.keys():
            pair = {f"{variant} before": theirs[variant], variant: mine[variant]}
            found += contrasts(pair, seed=self.run.config.suite.seed)
        return Versus(comparison(other.run, self.run), tuple(sorted(found, key=lambda contrast: contrast.variant)))


def _by_variant(result: RunResult) -> dict[str, list[Episode]]:
    played: dict[str, list[Episode]] = {}
    for episode in result.episodes:
        played.setdefault(episode.variant, []).append(episode)
    return played


def result_of(folder: Path, store: Store, stopped: SuspendedError | None, *, url: str | None = None) -> RunResult:
    """Return the result of the run that ``store`` holds."""
    summary = summarise(store.run, store.episodes())
    return RunResult(folder, store.run, summary, str(stopped) if stopped else None, store.seal(), url)
