"""Scored rows beside their ratings: agreement, ceilings, tenths and what the controls would have reached."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

import numpy as np

from empa_graph.errors import NotFoundError
from empa_graph.scoring.calibration import Bin, deciles
from empa_graph.scoring.correlation import Association, association, flat
from empa_graph.scoring.raters import Ceiling, ceiling
from empa_graph.scoring.statistics import Estimate, mean_interval
from empa_graph.study.correlate.figures import LENGTH, is_part
from empa_graph.study.correlate.rated import Rated
from empa_graph.study.correlate.scoring import Row

LEADING = ("support", "epm_q", "composite")
"""Which metric is the score, the first of them that is there."""


class Pair(NamedTuple):
    """A rated line and what was made of it; None where that is not known."""

    rated: Rated
    row: Row | None
    feeling: tuple[float, float, float] | None = None
    """`sentiment` of the words, where these are not kept."""


class Agreement(NamedTuple):
    """A metric beside a rating: over how many rows, which were left out and why, and how far both go together."""

    metric: str
    rating: str
    found: Association
    left_out: dict[str, int]


class Curve(NamedTuple):
    """A metric in up to ten parts beside a rating."""

    metric: str
    rating: str
    bins: tuple[Bin, ...]


class Gaming(NamedTuple):
    """A control in the place of those who replied: the share of ``n`` conversations that it beats by a metric."""

    control: str
    metric: str
    n: int
    beats: Estimate
    ties: float
    """Share in which both have the same number, which is no win."""
    control_mean: float
    rated_mean: float


def metric_names(
    rows: Sequence[Row], asked: Sequence[str], known: Sequence[str] = (), *, where: str = "--metric"
) -> tuple[str, ...]:
    """Return the metrics of ``rows`` that are ``asked``: names, patterns of them, or all but parts for none.

    Raises NotFoundError for a name that no row has and that is not ``known``, and for a pattern that fits nothing; it
    says ``where`` they were asked for.
    """
    there = list(dict.fromkeys(name for row in rows for name in row.figures))
    if not asked:
        return tuple(_ordered(name for name in there if not is_part(name)))
    found: list[str] = []
    for word in asked:
        fitting = [name for name in there if fnmatchcase(name, word)]
        if not fitting and word not in known:
            raise NotFoundError("metric", word, {*there, *known}, where=where)
        found += fitting
    return tuple(dict.fromkeys(found))


def _ordered(names: object) -> list[str]:
    rank = {name: place for place, name in enumerate(LEADING)}
    return sorted(names, key=lambda name: (rank.get(name, len(rank)), name == LENGTH))  # type: ignore[call-overload,no-any-return]


def leading(names: Sequence[str]) -> str:
    """Return the metric of ``names`` that is the score; the first where none of `LEADING` is among them."""
    return next((name for name in LEADING if name in names), names[0])


def rating_names(rows: Sequence[Rated]) -> tuple[str, ...]:
    """Return the names of all ratings in the order in which they come."""
    return tuple(dict.fromkeys(name for row in rows for name in row.ratings))


def agreements(
    pairs: Sequence[Pair], metrics: Sequence[str], ratings: Sequence[str], *, seed: int
) -> tuple[Agreement, ...]:
    """Return every metric beside every rating, with the length of the replies held constant in ``partial``."""
    return tuple(_agreement(pairs, metric, rating, seed) for rating in ratings for metric in metrics)


def _agreement(pairs: Sequence[Pair], metric: str, rating: str, seed: int) -> Agreement:
    used, left_out = together(pairs, (metric,), rating)
    values = [pair.row.figures[metric] for pair in used if pair.row]
    found = association(
        values,
        rated_means(used, rating),
        [pair.rated.group for pair in used],
        given=None if metric == LENGTH else [pair.row.figures[LENGTH] for pair in used if pair.row],
        seed=seed,
    )
    return Agreement(metric, rating, found, left_out)


def together(pairs: Sequence[Pair], metrics: Sequence[str], rating: str) -> tuple[list[Pair], dict[str, int]]:
    """Return the pairs that have the rating and every metric, and how many were left out, by cause."""
    used, causes = [], Counter[str]()
    for pair in pairs:
        cause = _cause(pair, metrics, rating)
        if cause is None:
            used.append(pair)
        else:
            causes[cause] += 1
    return used, dict(causes.most_common())


def _cause(pair: Pair, metrics: Sequence[str], rating: str) -> str | None:
    if pair.rated.mean(rating) is None:
        return "not rated"
    if pair.row is None:
        return "not scored yet"
    missing = next((name for name in metrics if name not in pair.row.figures), None)
    if missing is None:
        return None
    return (pair.row.unscored or f"no {missing}").partition(":")[0]


def rated_means(pairs: Sequence[Pair], rating: str) -> list[float]:
    """Return the mean over raters of each pair, all of which are rated."""
    return [mean for pair in pairs if (mean := pair.rated.mean(rating)) is not None]


def ceilings(rows: Sequence[Rated], ratings: Sequence[str], *, seed: int) -> dict[str, Ceiling]:
    """Return how far the raters agree, by rating."""
    found = {}
    for name in ratings:
        most = max((len(row.ratings.get(name, ())) for row in rows), default=0)
        table = np.full((len(rows), max(1, most)), np.nan)
        for place, row in enumerate(rows):
            for rater, value in enumerate(row.ratings.get(name, ())):
                table[place, rater] = np.nan if value is None else value
        found[name] = ceiling(table, [row.group for row in rows], seed=seed)
    return found


def curves(pairs: Sequence[Pair], metrics: Sequence[str], ratings: Sequence[str], *, seed: int) -> tuple[Curve, ...]:
    """Return the tenths of every metric beside every rating, where there are rows for them."""
    found = []
    for rating in ratings:
        for metric in metrics:
            used, _ = together(pairs, (metric,), rating)
            values = [pair.row.figures[metric] for pair in used if pair.row]
            if used and not flat(np.array(values)):
                groups = [pair.rated.group for pair in used]
                found.append(Curve(metric, rating, deciles(values, rated_means(used, rating), groups, seed=seed)))
    return tuple(found)


def gaming(
    pairs: Sequence[Pair], played: Mapping[str, Mapping[int, Row]], metrics: Sequence[str], *, seed: int
) -> tuple[Gaming, ...]:
    """Return for every control of ``played`` (by the place of the pair) how often it beats who replied, by metric."""
    found = []
    for metric in metrics:
        for control, by_place in played.items():
            both = [
                (row.figures[metric], own.figures[metric], pairs[place].rated.group)
                for place, row in by_place.items()
                if (own := pairs[place].row) is not None and metric in row.figures and metric in own.figures
            ]
            if both:
                theirs, ours, groups = (list(column) for column in zip(*both, strict=True))
                found.append(_gaming(control, metric, np.array(theirs), np.array(ours), list(map(str, groups)), seed))
    return tuple(found)


def _gaming(
    control: str, metric: str, theirs: np.ndarray, ours: np.ndarray, groups: Sequence[str], seed: int
) -> Gaming:
    beats = mean_interval((theirs > ours).astype(float), groups, seed=seed, within=(0.0, 1.0))
    ties = float(np.mean(theirs == ours))
    return Gaming(control, metric, len(ours), beats, ties, float(theirs.mean()), float(ours.mean()))
