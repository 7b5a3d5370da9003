"""A picture of what was played, as a notebook shows it (needs the ``report`` extra)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from empa_graph.content.played import played_scenarios
from empa_graph.errors import UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.latent import LatentState
from empa_graph.report.page.build import page
from empa_graph.report.page.source import Source, judged, stored
from empa_graph.report.pictures.choice import Choice, chosen_spec
from empa_graph.report.pictures.drawing import drawn
from empa_graph.report.pictures.palette import Mode, Spec
from empa_graph.report.pictures.positions import NO_MARKS, path
from empa_graph.run.home import opened
from empa_graph.run.result import RunResult

Played = Episode | Sequence[Episode] | RunResult | LatentState | str | Path
"""Episodes, a run's result, a run folder or file of judged conversations, or the path of a live conversation."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that a notebook shows when it is the last value of a cell."""

    spec: Spec
    """Vega-Lite, plain data, as ``altair.Chart.from_dict`` takes it."""

    def svg(self, *, mode: Mode = "light") -> str:
        """Return it as SVG. Raises MissingExtraError."""
        return drawn(self.spec, "svg", mode=mode).decode()

    def png(self, *, mode: Mode = "light", scale: float = 2.0) -> bytes:
        """Return it as PNG with ``scale`` pixels a point. Raises MissingExtraError."""
        return drawn(self.spec, "png", mode=mode, scale=scale)

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        return {"image/svg+xml": self.svg(), "text/plain": str(self.spec["description"])}


def picture(
    kind: str,
    *played: Played,
    metric: str | None = None,
    scenario: str | None = None,
    episode: int | None = None,
    marks: Mapping[int, str] = NO_MARKS,
    personas: Path | None = None,
) -> Picture:
    """Return one picture of what was ``played``: the kinds and options are those of ``empa plot``.

    Runs come in their order and the first is the baseline; single episodes are put together by agent. ``marks`` are
    words at turns, for the kind ``episode``, the only one drawn of a LatentState. ``personas`` is the folder of persons
    that are not bundled; it gives the context, need and threshold of a run's scenarios. Raises NotFoundError for an
    unknown kind or name, UsageError where there is nothing to draw.
    """
    choice, alone = Choice(metric, scenario, episode), _alone(played)
    if marks and kind != "episode":
        raise UsageError(f"marks is not for {kind}")
    if marks and alone is None:
        raise UsageError("marks: are for one episode or LatentState alone")
    if kind == "episode" and alone is not None and choice == Choice():
        spec = path(alone, marks)
    else:
        spec = _of_page(kind, played, choice, personas)
    if spec is None:
        raise UsageError(f"{kind}: nothing to draw in what was given")
    return Picture(spec)


def _alone(played: Sequence[Played]) -> LatentState | None:
    """Return the path of what was played, where that is one path."""
    one = played[0] if len(played) == 1 else None
    return one.latent if isinstance(one, Episode) else one if isinstance(one, LatentState) else None


def _of_page(kind: str, played: Sequence[Played], choice: Choice, personas: Path | None) -> Spec | None:
    sources = [*_sources(played)]
    known = played_scenarios([source.run for source in sources if source.run is not None], personas)
    return chosen_spec(kind, page(sources, known).page, choice)


def _sources(played: Sequence[Played]) -> Iterator[Source]:
    """Yield runs and files in their order, and the episodes in memory by agent behind them."""
    by_agent: dict[str, list[Episode]] = {}
    for one in played:
        if isinstance(one, RunResult):
            yield one.source()
        elif isinstance(one, str | Path):
            yield _read(one)
        elif isinstance(one, LatentState):
            raise UsageError("a LatentState alone is drawn, as kind 'episode'")
        else:
            for episode in _episodes(one):
                by_agent.setdefault(episode.agent, []).append(episode)
    for agent, episodes in by_agent.items():
        yield Source(agent, None, tuple(episodes), one_agent=True)


def _episodes(one: Episode | Sequence[Episode]) -> Sequence[Episode]:
    """Return the episodes of ``one``. Raises UsageError for what holds none."""
    found = [one] if isinstance(one, Episode) else one
    if not isinstance(found, Sequence) or not all(isinstance(episode, Episode) for episode in found):
        allowed = "episodes, a RunResult, a run folder or a LatentState"
        raise UsageError(f"picture: what was played is {type(one).__name__}, allowed are {allowed}")
    return found


def _read(place: str | Path) -> Source:
    if "://" not in str(place) and Path(place).is_file():
        return judged(Path(place))
    with opened(place) as store:
        return stored(store, place=place)
