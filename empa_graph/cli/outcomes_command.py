"""``empa outcomes``: sandbox scores of agent versions beside what happened live, never as its cause."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import typer
from rich.console import RenderableType

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import coefficient, fields, listed
from empa_graph.cli.plain import one_line, shortened
from empa_graph.cli.sides import Side, side_names, sides_of
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.outcome import RANGES
from empa_graph.report.lines import script_lines
from empa_graph.report.text import many
from empa_graph.scoring.ranks import FEWEST
from empa_graph.scoring.statistics import Estimate
from empa_graph.study.outcomes.beside import Beside, By, besides, finer_than_versions
from empa_graph.study.outcomes.live_results import LiveRow, live_rows
from empa_graph.study.outcomes.versions import Joined, Scores, Version, joined, scores, version

METRICS = ("composite", "progress", "support")
_CAUTION = (
    "versions differ in more than their scores: this is an association over versions, and no effect of a score on what "
    "happened live"
)


class Found(NamedTuple):
    """All that is said of the runs and the file."""

    versions: Sequence[Version]
    left_out: dict[str, str]
    """Versions that are not looked at, and why."""
    scores: Sequence[Scores]
    joined: Joined
    by: By
    besides: Sequence[Beside]


def outcomes_of(
    typed: Sequence[str],
    file: Path,
    *,
    variants: Sequence[str] = (),
    metrics: Sequence[str] = (),
    by: str = "version",
    seed: int = 0,
    store: str | None = None,
    as_json: bool = False,
) -> None:
    """Print how far the scores of the versions go with the outcomes of ``file``. Raises UsageError, ContentError."""
    chosen = _by(by)
    for name in metrics:
        if name not in RANGES:
            raise NotFoundError("metric", name, RANGES, where="--metric")
    rows = live_rows(file)
    found = _found(sides_of(typed, variants, store), rows, metrics or METRICS, chosen, seed)
    if as_json:
        typer.echo(json.dumps(_as_json(found), indent=2))
        return
    for part in shown(found, width=console.width):
        console.print(part)


def _by(word: str) -> By:
    for known in get_args(By):
        if word == known:
            return known  # type: ignore[no-any-return]
    raise NotFoundError("grouping", word, get_args(By), where="--by")


def _found(sides: Sequence[Side], rows: Sequence[LiveRow], metrics: Sequence[str], by: By, seed: int) -> Found:
    named = list(zip(side_names(sides), sides, strict=True))
    every = [version(name, side.run.run, side.variant, side.episodes) for name, side in named]
    left_out = {name: why for (name, side), one in zip(named, every, strict=True) if (why := _void(side, one))}
    kept = [one for one in every if one.name not in left_out]
    together = joined(rows, every)
    used = together._replace(
        rows=[(row, name) for row, name in together.rows if name not in left_out],
        rowless=[name for name in together.rowless if name not in left_out],
    )
    if len({name for _, name in used.rows}) < FEWEST:
        raise UsageError(_too_few(used, left_out))
    lacking = next((row for row, _ in used.rows if by != "version" and not getattr(row, by)), None)
    if lacking is not None:
        raise UsageError(f"--by {by}: the row in line {lacking.line} names no {by}")
    live = {name for _, name in used.rows}
    tables = [scores([one for one in kept if one.name in live], metric, seed=seed) for metric in metrics]
    if not any(table.means for table in tables):
        raise UsageError(f"no scenario has {' or '.join(metrics)} in every version that has a live row")
    return Found(every, left_out, tables, used, by, besides(used, tables, by=by, seed=seed))


def _void(side: Side, one: Version) -> str:
    """Return why a version is not looked at; empty where it is."""
    if side.script.scripted:
        return script_lines(side.script)[0]
    return "" if one.scored else f"none of {many(one.planned, 'episode')} has a score"


def _too_few(used: Joined, left_out: dict[str, str]) -> str:
    count = len({name for _, name in used.rows})
    told = f"{count} versions have both a sandbox score and a live row, at least {FEWEST} are needed"
    parts = [f"{shortened(name)}: {why}" for name, why in (*used.unjoined.items(), *left_out.items())]
    return f"{told} ({'; '.join(parts[:4])})" if parts else told


def shown(found: Found, *, width: int) -> Iterator[RenderableType]:
    """Yield all of it for ``width`` columns."""
    live = {name for _, name in found.joined.rows}
    yield literal(f"{len(live)} of {many(len(found.versions), 'version')} have a sandbox score and live rows")
    for line in _left_out(found):
        yield literal(one_line(line), "yellow")
    yield from _scores_table(found, width)
    for outcome in dict.fromkeys(one.outcome for one in found.besides):
        yield literal("")
        yield from _outcome([one for one in found.besides if one.outcome == outcome], found.by, width)
    yield literal("")
    for line in _behind(found):
        yield literal(line, "dim")


def _left_out(found: Found) -> Iterator[str]:
    for name, why in found.left_out.items():
        yield f"left out: {shortened(name)}: {why}"
    for name, why in found.joined.unjoined.items():
        yield f"live rows of '{shortened(name)}' left out: {why}"
    for name in found.joined.rowless:
        yield f"no live row: {shortened(name)}"


def _scores_table(found: Found, width: int) -> Iterator[RenderableType]:
    tables = [table for table in found.scores if table.means]
    names = list(tables[0].means)
    rows = [[shortened(name, 30), *(_estimate(table.means[name], table.metric) for table in tables)] for name in names]
    headings = ("version", *(f"{table.metric}, n {table.scenarios}" for table in tables))
    yield from listed(headings, rows, width=width, numbers=headings[1:], title="sandbox, n scenarios")
    for table in found.scores:
        if not table.means:
            yield literal(f"{table.metric}: no scenario has it in every version", "yellow")


def _outcome(own: Sequence[Beside], by: By, width: int) -> Iterator[RenderableType]:
    first = own[0]
    total = sum(point.n for point in first.points)
    yield literal(
        one_line(f"{first.outcome}: {many(len(first.points), 'version')}, {many(first.rows, 'row')}, n {total:,}"),
        "bold",
    )
    points = [(shortened(p.version, 30), f"{p.outcome:.3f}", f"{p.n:,}", str(p.rows)) for p in first.points]
    yield from listed(("version", "live", "n", "rows"), points, width=width, numbers=("live", "n", "rows"))
    ranks = [_rank_cells(one) for one in own]
    yield from listed(("metric", "n", "tau-b", "p", "Spearman", "p "), ranks, width=width, numbers=_NUMBERS)
    slopes = [_slope_cells(one) for one in own]
    headings = ("metric", "step", "slope per step", "seen from", f"{by}s")
    yield from listed(headings, slopes, width=width, numbers=headings[1:])
    for line in _told(own):
        yield literal(one_line(line))
    for line in dict.fromkeys(_warnings(own)):
        yield literal(one_line(line), "yellow")


_NUMBERS = ("n", "tau-b", "p", "Spearman", "p ")


def _rank_cells(one: Beside) -> tuple[str, ...]:
    ranks = one.ranks
    if ranks.reason:
        return one.metric, str(ranks.n), "-", "-", "-", "-"
    spearman = coefficient(one.correlations.spearman) if one.correlations.spearman else _figure(ranks.spearman)
    return one.metric, str(ranks.n), _figure(ranks.tau), _p(ranks.tau_p), spearman, _p(ranks.spearman_p)


def _slope_cells(one: Beside) -> tuple[str, ...]:
    found = one.slope
    seen = "-" if one.detectable_slope is None else f"{one.detectable_slope:.3f}"
    return one.metric, f"{one.step:g}", coefficient(found, "+.3f"), seen, str(found.clusters) if found else "-"


def _told(own: Sequence[Beside]) -> Iterator[str]:
    """Yield power and drift in sentences."""
    count = len(own[0].points)
    if own[0].detectable is None:
        least = f" (the least is {_p(own[0].ranks.least_p)})" if own[0].ranks.least_p is not None else ""
        yield f"power left: no order of {count} versions has a p below 0.05{least}"
    else:
        yield f"power left: {count} versions tell a tau-b of {own[0].detectable:.2f} from 0 with 80% probability"
    for one in own:
        if one.ranks.tau is not None:
            more = "more than 100 versions"
            if one.needed is not None:
                more = f"{one.needed} versions ({max(0, one.needed - count)} more)"
            yield f"{one.metric}: a true tau-b of {one.ranks.tau:.2f}, as found, takes {more}"
    for one in own:
        yield f"{one.metric}: {_drift(one)}"


def _drift(one: Beside) -> str:
    found = one.drift
    if not found.days:
        return f"no drift can be told: {found.reason}"
    undated = f" ({many(found.undated, 'row')} without a date left out)" if found.undated else ""
    trend = "-" if found.trend is None else coefficient(found.trend, "+.3f")
    told = f"at the same score {trend} per 30 days, {many(found.dated, 'row')} over {many(found.days, 'day')}{undated}"
    if found.halves is None:
        return f"{told}; a half has too few versions to look at its order"
    older, newer = found.halves.older, found.halves.newer
    halves = f"tau-b {_figure(older.tau)} before (n {older.n}), {_figure(newer.tau)} after (n {newer.n})"
    return f"{told}; split at {found.halves.split}: {halves}"


def _warnings(own: Sequence[Beside]) -> Iterator[str]:
    for one in own:
        if one.ranks.reason:
            yield f"{one.metric}: {one.ranks.reason}"
        if one.slope is not None and one.slope.reason:
            yield one.slope.reason
        yield from (f"{one.metric}: {warning}" for warning in one.drift.warnings)


def _behind(found: Found) -> Iterator[str]:
    exact = all(one.ranks.exact for one in found.besides)
    yield (
        f"p-values two-sided over {'all orders' if exact else '9,999 drawn orders'} of the versions, "
        f"{many(len(found.besides), 'pair')} of metric and outcome; Spearman [95% interval: Fisher's z over versions]; "
        "slope: change of the outcome, "
        f"rows weighed by n [95% interval: CR2 over {found.by}s]; seen from: the slope told from 0 with 80% probability"
    )
    if finer_than_versions(found.joined, found.by):
        yield (
            f"{found.by}s lie within versions, whose rows share one score: these intervals are too narrow, "
            "use --by version"
        )
    yield _CAUTION


def _estimate(found: Estimate, metric: str) -> str:
    digits = 1 if RANGES.get(metric, (0.0, 1.0))[1] == 100.0 else 2
    ends = found.interval
    return f"{found.mean:.{digits}f}" + (f" [{ends.low:.{digits}f}, {ends.high:.{digits}f}]" if ends else "")


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"


def _p(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}" if value >= 0.001 else "<0.001"


def _as_json(found: Found) -> dict[str, Any]:
    return {
        "versions": [_version_fields(one) for one in found.versions],
        "left_out": found.left_out,
        "unjoined": fields(found.joined.unjoined),
        "without_live_rows": list(found.joined.rowless),
        "by": found.by,
        "scores": [fields(table) for table in found.scores],
        "outcomes": [{**fields(one), "drift_warnings": one.drift.warnings} for one in found.besides],
        "caution": _CAUTION,
    }


def _version_fields(one: Version) -> dict[str, Any]:
    return {name: value for name, value in one._asdict().items() if name != "values"}
