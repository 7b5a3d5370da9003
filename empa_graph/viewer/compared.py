"""Two runs beside each other: whether they may be compared, what differs, their scenarios; two episodes by turn."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from empa_graph.errors import NotFoundError
from empa_graph.models.run import Run
from empa_graph.report.comparison import Comparison, comparison
from empa_graph.report.headline import Contestant, Headline, headlines, planned
from empa_graph.report.text import one_line
from empa_graph.store.listing import Mean
from empa_graph.viewer.asked import CompareAsked
from empa_graph.viewer.recent import LARGEST, Recent
from empa_graph.viewer.run_lines import RunLine, run_line

_MOST = 40


class Turn(NamedTuple):
    """One turn of both; None where an episode was over."""

    turn: int
    left: Mapping[str, Any] | None
    right: Mapping[str, Any] | None
    stands: tuple[float | None, float | None]
    """How far each has come after it, in parts of the way to the target."""


class Partner(NamedTuple):
    """An episode of the same run and scenario."""

    number: int
    variant: str
    repeat: int


class Pair(NamedTuple):
    """One scenario in both runs: the mean composite of each, and one episode of each to look at."""

    scenario: str
    left: float | None
    right: float | None
    left_scored: int
    right_scored: int
    left_episode: int | None
    right_episode: int | None

    @property
    def difference(self) -> float | None:
        """Right minus left; None where one has no score."""
        return None if self.left is None or self.right is None else self.right - self.left


class Compared(NamedTuple):
    """Two runs, the variant taken of each, and what was found."""

    left: RunLine
    right: RunLine
    left_variants: tuple[str, ...]
    right_variants: tuple[str, ...]
    left_variant: str
    right_variant: str
    comparison: Comparison
    void: bool
    """Whether one of them is scripted, so that its composite and support are void."""
    headline: Headline | None
    """The change from left to right; None where they may not be compared, or are too large for it."""
    pairs: tuple[Pair, ...]
    """Every scenario that both have ended, the one with the greatest difference first."""
    left_only: int
    right_only: int


def compared(recent: Recent, asked: CompareAsked) -> Compared:
    """Return what was asked for. Raises NotFoundError, UsageError."""
    keys = (asked.left, asked.right)
    stores = [recent.catalogue.store(key) for key in keys]
    voids = [recent.void(key) for key in keys]
    runs = [store.run for store in stores]
    lines = [run_line(recent.facts(recent.catalogue.located(key))) for key in keys]
    left, right = _variants(runs, asked)
    tables = [
        {mean.scenario: mean for mean in recent.means(key) if mean.variant == variant}
        for key, variant in zip(keys, (left, right), strict=True)
    ]
    found = comparison(
        *runs,
        left_answered=stores[0].answered(),
        right_answered=stores[1].answered(),
        left_without=stores[0].left_out(),
        right_without=stores[1].left_out(),
    )
    firsts = [
        _firsts(run, variant, store.ended()) for run, variant, store in zip(runs, (left, right), stores, strict=True)
    ]
    void = any(voids)
    pairs = [_pair(tables[0][name], tables[1][name], firsts, void=void) for name in tables[0] if name in tables[1]]
    pairs.sort(key=lambda pair: (pair.difference is None, -abs(pair.difference or 0.0), pair.scenario))
    variants = [tuple(one_line(name)[:200] for name in run.config.suite.variants) for run in runs]
    return Compared(
        left=lines[0],
        right=lines[1],
        left_variants=variants[0],
        right_variants=variants[1],
        left_variant=left,
        right_variant=right,
        comparison=found,
        void=void,
        headline=_headline(recent, keys, (left, right)) if found.comparable else None,
        pairs=tuple(pairs),
        left_only=len(tables[0].keys() - tables[1].keys()),
        right_only=len(tables[1].keys() - tables[0].keys()),
    )


def _headline(recent: Recent, keys: Sequence[str], variants: Sequence[str]) -> Headline | None:
    """Return by what share the right one moved each figure, as the command line says it."""
    if any(recent.extent(key).episodes > LARGEST for key in keys):
        return None

    def made() -> Headline:
        stores = [recent.catalogue.store(key) for key in keys]
        sides = [
            Contestant(side, planned(store.run.plan, variant), list(store.episodes(variant=variant)), bool(void))
            for side, store, variant, void in zip(
                ("left", "right"), stores, variants, map(recent.void, keys), strict=True
            )
        ]
        (found,) = headlines(sides, seed=stores[0].run.config.suite.seed)
        return found

    return recent.whole(f"headline {variants}", keys, made)


def _variants(runs: Sequence[Run], asked: CompareAsked) -> tuple[str, str]:
    """Return the variants that were asked for; else the first that both play, else the first of each."""
    both = [run.config.suite.variants for run in runs]
    shared = next((name for name in both[0] if name in both[1]), None)
    chosen = []
    for wanted, variants in zip((asked.left_variant, asked.right_variant), both, strict=True):
        if wanted and wanted not in variants:
            raise NotFoundError("variant", wanted, variants)
        chosen.append(wanted or shared or variants[0])
    return chosen[0], chosen[1]


def _firsts(run: Run, variant: str, ended: frozenset[int]) -> dict[str, int]:
    """Return the first ended episode of every scenario under ``variant``."""
    found: dict[str, int] = {}
    for number, item in enumerate(run.plan):
        if item.variant == variant and number in ended:
            found.setdefault(item.scenario, number)
    return found


def _pair(left: Mean, right: Mean, firsts: Sequence[dict[str, int]], *, void: bool) -> Pair:
    return Pair(
        one_line(left.scenario)[:400],
        None if void else left.composite,
        None if void else right.composite,
        left.scored,
        right.scored,
        *(first.get(left.scenario) for first in firsts),
    )


def side_by_side(left: Mapping[str, Any], right: Mapping[str, Any]) -> list[Turn]:
    """Return the turns of two episodes as pages show them, beside each other."""
    ours, theirs = ({turn["turn"]: turn for turn in side["turns"]} for side in (left, right))
    ways = tuple({turn: along for turn, along, _ in side["way"]} for side in (left, right))
    last: list[float | None] = [way.get(0) for way in ways]
    found = []
    for turn in sorted({*ours, *theirs}):
        last = [way.get(turn, before) for way, before in zip(ways, last, strict=True)]
        there = (last[0] if turn in ours else None, last[1] if turn in theirs else None)
        found.append(Turn(turn, ours.get(turn), theirs.get(turn), there))
    return found


def partners(run: Run, number: int, ended: Collection[int]) -> list[Partner]:
    """Return the ended episodes of a run that play the same scenario: those of the same repeat first."""
    if number >= len(run.plan):
        return []
    mine = run.plan[number]
    alike = [n for n, item in enumerate(run.plan) if item.scenario == mine.scenario and n != number and n in ended]
    alike.sort(key=lambda n: (run.plan[n].repeat != mine.repeat, n))
    return [Partner(n, one_line(run.plan[n].variant)[:200], run.plan[n].repeat) for n in alike[:_MOST]]
