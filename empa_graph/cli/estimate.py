"""``empa run --dry-run``: what a run would ask and cost, before anything is sent."""

from __future__ import annotations

import asyncio
import json

import typer
from rich.table import Table

from empa_graph.cli.tables import console, literal
from empa_graph.llm import load_prices
from empa_graph.llm.estimate import Estimate, estimate
from empa_graph.runner.sitting import Means, Played
from empa_graph.runner.sizes import role_sizes


def print_estimate(played: Played, means: Means, *, as_json: bool) -> None:
    """Print the upper bound of calls, tokens and cost, with what it assumes."""
    sizes = asyncio.run(role_sizes(played))
    found = estimate(
        sizes, episodes=len(played.run.plan), turns=played.run.max_turns, prices=means.prices or load_prices()
    )
    if as_json:
        typer.echo(json.dumps(found.model_dump(), indent=2))
        return
    console.print(_table(found, len(played.run.plan)))
    for line in found.assumptions:
        console.print(literal(f"- {line}"))


def _table(found: Estimate, episodes: int) -> Table:
    table = Table(title=f"at most, for {episodes} episodes")
    for heading in ("role", "model", "calls", "tokens in", "tokens out", "cost"):
        table.add_column(heading, justify="left" if heading in ("role", "model") else "right")
    for role in found.roles:
        counts = (f"{role.calls:,}", f"{role.tokens_in:,}", f"{role.tokens_out:,}")
        table.add_row(literal(role.role), literal(role.model), *counts, _dollars(role.cost))
    counts = (f"{found.calls:,}", f"{found.tokens_in:,}", f"{found.tokens_out:,}")
    table.add_row("all", "", *counts, _dollars(found.cost), style="bold")
    return table


def _dollars(cost: float | None) -> str:
    return "unknown price" if cost is None else f"${cost:,.2f}"
