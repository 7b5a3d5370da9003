"""What a picture is drawn of, checked against its kind and the page."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.script_finding import VOIDED
from empa_graph.report.page.records import Page
from empa_graph.report.pictures.drawing import BY_METRIC, KINDS, spec_of
from empa_graph.report.pictures.palette import Spec


class Choice(NamedTuple):
    """What a picture is drawn of; None for its default."""

    metric: str | None = None
    scenario: str | None = None
    episode: int | None = None
    """From 1."""


def chosen_spec(kind: str, page: Page, choice: Choice, *, named: str = "{}") -> Spec | None:
    """Return the specification of a ``kind``; None where there is nothing to draw.

    ``named`` is how an option is written where the choice was made. Raises UsageError for an option that the kind has
    not, NotFoundError for an unknown name.
    """
    if kind not in KINDS:
        raise NotFoundError("kind of picture", kind, KINDS)
    takes = {"metric"} if kind in BY_METRIC else {"scenario"} if kind == "trajectories" else {kind} & {"episode"}
    for name, value in choice._asdict().items():
        if value is not None and name not in takes:
            raise UsageError(f"{named.format(name)} is not for {kind}")
    return spec_of(kind, page, **dict(_options(kind, choice, page, named)))


def _options(kind: str, choice: Choice, page: Page, named: str) -> Iterator[tuple[str, str | int]]:
    if kind in BY_METRIC and page.metrics:
        metric = choice.metric or page.metrics[0]
        if metric not in page.metrics and metric in VOIDED and any(entrant.void for entrant in page.entrants):
            allowed = ", ".join(page.metrics)
            raise UsageError(
                f"{named.format('metric')}: {metric} is void, since the run is scripted; allowed are {allowed}"
            )
        if metric not in page.metrics:
            raise NotFoundError("metric", metric, page.metrics, where=named.format("metric"))
        yield "metric", metric
    if choice.scenario is not None:
        names = {row.name for row in page.episodes}
        if choice.scenario not in names:
            raise NotFoundError("scenario", choice.scenario, names, where=named.format("scenario"))
        yield "scenario", choice.scenario
    if choice.episode is not None:
        if not 1 <= choice.episode <= len(page.episodes):
            where = named.format("episode")
            raise UsageError(f"{where}: no episode {choice.episode}; allowed are 1 to {len(page.episodes)}")
        yield "number", choice.episode - 1
