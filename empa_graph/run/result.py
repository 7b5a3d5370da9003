"""What a run came to: its summary, its episodes, and how it stands beside another run."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_type_hints

from empa_graph.content.played import played_scenarios
from empa_graph.errors import MissingExtraError, NotFoundError, SuspendedError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.outcome import Outcome, outcomes
from empa_graph.models.run import Run
from empa_graph.report.comparison import Comparison, comparison
from empa_graph.report.contrast import Contrast, contrasts
from empa_graph.report.page.source import Source, stored
from empa_graph.report.summary import Summary, summarise
from empa_graph.run.home import opened
from empa_graph.store.ledger import Store
from empa_graph.store.tables import EpisodeOutcome

EXTRAS: Mapping[str, str] = {"pandas": "frame", "polars": "polars"}
"""Each kind of frame with the extra that installs it."""
_KINDS = get_type_hints(EpisodeOutcome)


class Versus(NamedTuple):
    """Two runs beside each other."""

    comparison: Comparison
    """Whether their scores may be compared, and what differs."""
    contrasts: tuple[Contrast, ...]
    """The composite of this run minus that of the other, paired over scenarios, by variant that both play.

    None where a run is scripted, since its composite is void: their summaries say so (``summary.script``).
    """


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

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """How every planned episode came out, as `empa_graph.gate.decision.gate` decides on it."""
        return outcomes(self.run.plan, self.episodes, played_scenarios([self.run], self.run.config.persona.folder))

    def source(self) -> Source:
        """Return the run with all its ended episodes, as pictures and reports read it."""
        with opened(self.folder, self.run.id, store=self._url) as store:
            return stored(store, place=self._url or self.folder)

    def to_frame(self, kind: Literal["pandas", "polars"] = "pandas") -> Any:
        """Return a frame of pandas or polars with one row for each ended episode and the fields of `EpisodeOutcome`.

        Where there is no number there is none: NaN in pandas, null in polars. Raises NotFoundError for another
        ``kind``, MissingExtraError where it is not installed.
        """
        with opened(self.folder, self.run.id, store=self._url) as store:
            return framed(store.outcomes(), kind)

    def compare(self, other: RunResult) -> Versus:
        """Return how this run stands beside an ``other`` one, the baseline. Raises UsageError for what is no result."""
        if not isinstance(other, RunResult):
            raise UsageError(f"other is {type(other).__name__}, allowed is a RunResult, as evaluate(...) returns it")
        mine, theirs = (_by_variant(result) for result in (self, other))
        found: list[Contrast] = []
        void = self.summary.script.scripted or other.summary.script.scripted
        for variant in () if void else mine.keys() & theirs.keys():
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


def framed(outcomes: Iterable[EpisodeOutcome], kind: str) -> Any:
    """Return the frame of that ``kind``, ``pandas`` or ``polars``, with one row for each of ``outcomes``.

    Raises NotFoundError for another kind, MissingExtraError where it is not installed.
    """
    if kind not in EXTRAS:
        raise NotFoundError("frame", kind, EXTRAS)
    if importlib.util.find_spec(kind) is None:
        raise MissingExtraError(f"to_frame({kind!r}) needs {kind}: pip install 'empa-graph[{EXTRAS[kind]}]'")
    return (_polars if kind == "polars" else _pandas)(outcomes)


def _pandas(outcomes: Iterable[EpisodeOutcome]) -> Any:
    types = {int: "int64", float | None: "float64"}
    frame = importlib.import_module("pandas").DataFrame(list(outcomes), columns=list(EpisodeOutcome._fields))
    return frame.astype({name: types.get(kind, "string") for name, kind in _KINDS.items()})


def _polars(outcomes: Iterable[EpisodeOutcome]) -> Any:
    polars = importlib.import_module("polars")
    types = {int: polars.Int64, float | None: polars.Float64}
    schema = {name: types.get(kind, polars.String) for name, kind in _KINDS.items()}
    return polars.DataFrame(list(outcomes), schema=schema, orient="row")
