"""How far an evaluator agrees with people who rated the same conversations: all that `empa correlate` says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from empa_graph.errors import NotFoundError
from empa_graph.models.config import Keys, RunConfig
from empa_graph.models.outcome import RANGES
from empa_graph.report.text import one_line
from empa_graph.scoring.correlation import flat
from empa_graph.scoring.raters import Ceiling
from empa_graph.study.correlate.agreement import (
    Agreement,
    Curve,
    Gaming,
    agreements,
    ceilings,
    curves,
    gaming,
    leading,
    metric_names,
    rating_names,
)
from empa_graph.study.correlate.figures import LENGTH
from empa_graph.study.correlate.rated import RatedFile
from empa_graph.study.correlate.scored import ScoredRatings, ratings_of, scored_ratings


class Correlated(NamedTuple):
    """How far metrics of an evaluator go with ratings of people, over the lines of one file; frozen."""

    scored: ScoredRatings
    """Every line with its row, and what was skipped, why."""
    metrics: tuple[str, ...]
    """The metrics that were looked at, the score first."""
    constant: tuple[str, ...]
    """Metrics with the same number everywhere, of which nothing can be said."""
    ratings: tuple[str, ...]
    ceilings: dict[str, Ceiling]
    """How far the raters agree, by rating: coefficients from -1 to 1, None where they are not defined."""
    agreements: tuple[Agreement, ...]
    """Each varying metric beside each rating: coefficients from -1 to 1 with 95% intervals, or the reason for none."""
    curves: tuple[Curve, ...]
    """Each varying metric in up to ten parts, the lowest first, beside each rating."""
    gaming: tuple[Gaming, ...]
    """Each control beside those who replied, by metric: shares from 0 to 1; empty where no control answered."""

    @property
    def score(self) -> str | None:
        """The varying metric that is the score; None where all are constant."""
        varying = [name for name in self.metrics if name not in self.constant]
        return leading(varying) if varying else None


def correlate_ratings(
    ratings: Path | str | RatedFile,
    config: RunConfig | None = None,
    *,
    keys: Keys | None = None,
    metrics: Sequence[str] = (),
    names: Sequence[str] = (),
    gaming: int | None = None,
    seed: int = 0,
    out_rows: Path | None = None,
) -> Correlated:
    """Score rated conversations, or replies, and say how far the scores go with the ratings.

    ``ratings`` is a file in any format of chats whose lines carry ``ratings``, a run that people rated in the viewer,
    or what `ratings_of` read of either. Of ``config`` (default: the offline evaluator) only who judges and how is
    used, and nobody else is asked. ``metrics`` are names or patterns (``"movement.*"``), by default all but parts;
    ``names`` the ratings, by default all. ``gaming`` is in how many conversations each control answers; None: 50, with
    a judge 0. With ``out_rows`` each row is on disk as it is scored, and the next call goes on behind them. It may be
    called where a loop runs already, as in a notebook.

    Raises UsageError (NotFoundError for an unknown metric or rating), ContentError where no line can be used,
    ProviderError where the judge cannot be had; `Stopped`, a KeyboardInterrupt, at Ctrl-C. A line without a score is
    counted under its cause and is no number.
    """
    found = ratings if isinstance(ratings, RatedFile) else ratings_of(Path(ratings))
    scored = scored_ratings(
        found,
        config or RunConfig(),
        keys=keys,
        metrics=metrics,
        gaming=gaming,
        seed=seed,
        out_rows=out_rows,
    )
    return correlated(scored, metrics=metrics, names=names, seed=seed)


def correlated(
    scored: ScoredRatings, *, metrics: Sequence[str] = (), names: Sequence[str] = (), seed: int = 0
) -> Correlated:
    """Return what scored lines say; pure. Raises NotFoundError for an unknown metric or rating."""
    known = rating_names(scored.rated)
    for name in names:
        if name not in known:
            raise NotFoundError("rating", one_line(name), map(one_line, known), where="--rating")
    chosen = metric_names(scored.rows, metrics, known=(*RANGES, LENGTH))
    constant = tuple(name for name in chosen if _constant(scored, name))
    ratings = tuple(name for name in known if name in names or not names)
    return Correlated(
        scored,
        chosen,
        constant,
        ratings,
        ceilings(scored.rated, ratings, seed=seed),
        agreements(scored.pairs, [name for name in chosen if name not in constant], ratings, seed=seed),
        curves(scored.pairs, chosen, ratings, seed=seed),
        gaming(scored.pairs, scored.played, chosen, seed=seed),
    )


def _constant(scored: ScoredRatings, name: str) -> bool:
    """Say whether a metric has the same number in all rows that have it."""
    return flat(np.array([row.figures[name] for row in scored.rows if name in row.figures]))
