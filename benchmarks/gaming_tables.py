"""What gaming.py makes of its plays: rows with intervals, and the tables that are printed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from attack_plays import Played
from ratings import Estimate
from rich.table import Table

from empa_graph.scoring.statistics import mean_interval

Row = dict[str, Any]
HALF = 0.5
"""The share of the expert's composite that no script should reach."""


def row(agent: str, found: Sequence[Played], bar: float | None = None) -> Row:
    """Summarise one agent; the interval is over people. ``bar``: the expert's composite."""
    composites = [p.composite for p in found]
    estimate = mean_interval(composites, [p.scenario.split("/")[0] for p in found], seed=0, within=(0.0, 100.0))
    low, high = estimate.interval[:2] if estimate.interval else (None, None)
    supports = [p.support for p in found if p.support is not None]
    crises = [p for p in found if p.crisis]
    return {
        "agent": agent,
        "composite": estimate.mean,
        "low": low,
        "high": high,
        "crisis": _mean([p.composite for p in crises]),
        "other": _mean([p.composite for p in found if not p.crisis]),
        "reached": sum(p.reached for p in found),
        "crises_reached": sum(p.reached for p in crises),
        "played": len(found),
        "fit": _mean([p.fit for p in found]),
        "support": _mean(supports),
        "turns": _mean([p.turns for p in found]),
        "of_expert": estimate.mean / bar if bar else None,
    }


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def interval(row: Row) -> str:
    """Return the mean composite with its interval."""
    bounds = "" if row["low"] is None else f" [{row['low']:.1f}, {row['high']:.1f}]"
    return f"{row['composite']:.1f}{bounds}"


def plays_table(title: str, rows: Sequence[Row]) -> Table:
    """Return the agents over the scenarios, the best first."""
    table = Table("agent", "composite", "of expert", "crisis", "other", "reached", "fit", "support", "turns")
    table.title = title
    for r in sorted(rows, key=lambda r: -r["composite"]):
        share = "" if r["of_expert"] is None else f"{r['of_expert']:.2f}"
        means = [_shown(r[name], 1) for name in ("crisis", "other")]
        rest = [_shown(r[name], places) for name, places in (("fit", 2), ("support", 2), ("turns", 1))]
        table.add_row(r["agent"], interval(r), share, *means, f"{r['reached']}/{r['played']}", *rest)
    return table


def _shown(value: float | None, places: int) -> str:
    return "" if value is None else f"{value:.{places}f}"


def verdict(rows: Sequence[Row], scripts: Sequence[str]) -> str:
    """Return whether any script reaches half of the expert."""
    over = [r for r in rows if r["agent"] in scripts and r["of_expert"] is not None and r["of_expert"] >= HALF]
    if not over:
        return "no attack reaches half of the expert's composite"
    named = ", ".join(f"{r['agent']} ({r['of_expert']:.2f})" for r in over)
    return f"reach half of the expert's composite: {named}"


def mixture_row(kind: str, by_share: Mapping[float, Sequence[Played]]) -> Row:
    """Summarise a kind of poorer reply at each share of turns, and whether the composite falls at every step."""
    means = {share: sum(p.composite for p in found) / len(found) for share, found in by_share.items()}
    falls = all(after < before for before, after in pairwise(means.values()))
    return {"kind": kind, "composite": means, "falls": falls, "rows": [row(kind, found) for found in by_share.values()]}


def mixtures_table(title: str, rows: Sequence[Row]) -> Table:
    """Return the mixtures: a kind a line, a share a column."""
    shares = list(rows[0]["composite"])
    table = Table("kind", *(f"{share:g}" for share in shares), "falls", title=title)
    for r in rows:
        table.add_row(r["kind"], *(interval(part) for part in r["rows"]), "yes" if r["falls"] else "no")
    return table


def people_table(title: str, rows: Sequence[Row]) -> Table:
    """Return the attacks in the place of people or chatbots."""
    table = Table("attack", "support", "beats", "above human supporters", "capped", "composite", "beats", "longer")
    table.title = title
    for r in rows:
        wins = {name: f"{e.value:.2f} [{e.low:.2f}, {e.high:.2f}]" for name, e in r["beaten"].items()}
        cells = [f"{r['support']:.2f}", wins.get("support", ""), f"{r['percentile']:.2f}", f"{r['capped']:.2f}"]
        longer = f"{r['beaten']['length'].value:.2f}" if r["beaten"] else ""
        table.add_row(r["attack"], *cells, f"{r['composite']:.1f}", wins.get("composite", ""), longer)
    return table


def plain(value: Any) -> Any:
    """Return ``value`` with every estimate as an object of its fields and every key as text."""
    if isinstance(value, Estimate):
        return value._asdict()
    if isinstance(value, dict):
        return {str(key): plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value
