"""``empa replay``: play recorded levels again, under the same rules or under others."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import typer

from empa_graph.cli.display import console, literal
from empa_graph.cli.folders import recorded
from empa_graph.cli.listing import listed
from empa_graph.content.library import load_rubric
from empa_graph.episode.score import check_profile
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.rubric import Rubric, with_max_turns
from empa_graph.models.stop_rule import EnergyStop
from empa_graph.report.text import many
from empa_graph.run.place import RunPlace
from empa_graph.run.recorded import run_rubric
from empa_graph.scoring.stopping import PROFILES


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What to change; None leaves it as it was recorded."""

    alpha: float | None = None
    stop: str | None = None
    profile: str | None = None
    rubric: str | None = None

    @property
    def changes(self) -> bool:
        """Whether anything differs from the recording."""
        return any(value is not None for value in (self.alpha, self.stop, self.profile, self.rubric))


class Pair(NamedTuple):
    """An episode as recorded and as replayed."""

    recorded: Episode
    replayed: Episode

    @property
    def same(self) -> bool:
        """Whether the replay ends at the same turn, in the same way, with the same score."""
        old, new = self.recorded, self.replayed
        return (old.ending, len(old.latent.steps), old.score) == (new.ending, len(new.latent.steps), new.score)


def replay_run(place: RunPlace, wanted: Counterfactual, *, as_json: bool) -> None:
    """Replay every scored episode of a run; exit 1 when a replay without changes comes out otherwise."""
    run = place.run()
    named = with_max_turns(load_rubric(wanted.rubric), run.max_turns) if wanted.rubric else run_rubric(run, place.path)
    rubric = changed(named, wanted)
    profile = wanted.profile or run.config.evaluator.profile
    check_profile(profile, where="--profile")
    scored = [episode for episode in recorded(place) if episode.score is not None]
    if not scored:
        raise UsageError(f"{place}: no scored episode to replay")
    pairs = asyncio.run(_all(scored, rubric, profile))
    _print(pairs, as_json=as_json)
    if not wanted.changes and not all(pair.same for pair in pairs):
        raise typer.Exit(1)


def changed(rubric: Rubric, wanted: Counterfactual) -> Rubric:
    """Return ``rubric`` with the stop rules that are wanted. Raises UsageError where it has no such rules."""
    if wanted.alpha is None and wanted.stop is None:
        return rubric
    if not isinstance(rubric.stop, EnergyStop):
        raise UsageError(f"rubric '{rubric.id}' stops by radius; --alpha and --stop are for rubrics like 'epm'")
    if wanted.stop is not None and wanted.stop not in PROFILES:
        raise NotFoundError("stop profile", wanted.stop, PROFILES, where="--stop")
    if wanted.alpha is not None and not 0.0 < wanted.alpha < 1.0:
        raise UsageError(f"--alpha is {wanted.alpha:g}, allowed is above 0 and below 1")
    name = wanted.stop or rubric.stop.profile
    alpha = wanted.alpha if wanted.alpha is not None else PROFILES[name].alpha
    stop = rubric.stop.model_copy(update={"profile": name, "alpha": alpha})
    return rubric.model_copy(update={"stop": stop})


async def _all(scored: list[Episode], rubric: Rubric, profile: str) -> list[Pair]:
    from empa_graph.run.replay import replay

    return [Pair(episode, await replay(episode, rubric, profile=profile)) for episode in scored]


def _print(pairs: list[Pair], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"same": sum(p.same for p in pairs), "episodes": [_row(p) for p in pairs]}, indent=2))
        return
    headings = ("episode", "recorded", "turns", "score", "replayed", "turns again", "score again")
    rows = [
        [f"{pair.recorded.scenario} {pair.recorded.variant}", *_cells(pair.recorded), *_cells(pair.replayed)]
        for pair in pairs
    ]
    for part in listed(
        headings, rows, width=console.width, numbers=[h for h in headings if h[:5] in ("turns", "score")]
    ):
        console.print(part)
    for line in _closing(pairs):
        console.print(literal(line))


def _cells(episode: Episode) -> Iterator[str]:
    yield episode.ending
    yield str(len(episode.latent.steps))
    yield "-" if episode.score is None else f"{_headline(episode):.1f}"


def _headline(episode: Episode) -> float:
    """EPM-Q (published) where there is one, else the composite of the trio."""
    assert episode.score is not None
    published = episode.score.epmq.get("published")
    return published.composite if published else episode.score.composite


def _closing(pairs: list[Pair]) -> Iterator[str]:
    yield f"{sum(pair.same for pair in pairs)} of {len(pairs)} end at the same turn, alike, with the same score"
    cut = sum(pair.replayed.ending == "recorded" for pair in pairs)
    if cut:
        yield f"{many(cut, 'recording')} cut before any rule: turns are a lower bound, nobody knows how it went on"


def _row(pair: Pair) -> dict[str, object]:
    return {
        "scenario": pair.recorded.scenario,
        "variant": pair.recorded.variant,
        "same": pair.same,
        **{
            side: {
                "ending": episode.ending,
                "turns": len(episode.latent.steps),
                "score": episode.score.model_dump() if episode.score else None,
            }
            for side, episode in (("recorded", pair.recorded), ("replayed", pair.replayed))
        },
    }
