"""``empa run --dry-run``: what a run would ask and cost, before anything is sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import typer
from rich.console import RenderableType

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.llm.estimate import Estimate, RoleEstimate, estimate
from empa_graph.report.text import many
from empa_graph.run.config import Prepared
from empa_graph.run.session import Resources
from empa_graph.run.sizes import role_sizes


def print_estimate(played: Prepared, resources: Resources, *, repeats: int, as_json: bool) -> None:
    """Print the upper bound of calls, tokens and cost of ``repeats`` times the plan, with what it assumes."""
    sizes = asyncio.run(role_sizes(played))
    episodes = repeats * len(played.run.plan)
    found = estimate(
        sizes,
        episodes=episodes,
        turns=played.rubric.stop.max_turns,
        prices=resources.prices,
    )
    if as_json:
        typer.echo(json.dumps(found.model_dump(), indent=2))
        return
    for part in estimate_rows(found, f"at most, for {many(episodes, 'episode')}"):
        console.print(part)
    for line in found.assumptions:
        console.print(literal(f"- {line}"))


def estimate_rows(found: Estimate, title: str) -> Iterator[RenderableType]:
    """Yield the table of an estimate: a row a role, and all of them."""
    counted = ("calls", "tokens in", "tokens out", "cost")
    rows = [[role.role, role.model, *_counts(role)] for role in found.roles] + [["all", "", *_counts(found)]]
    return listed(("role", "model", *counted), rows, width=console.width, numbers=counted, title=title)


def _counts(use: RoleEstimate | Estimate) -> tuple[str, ...]:
    return f"{use.calls:,}", f"{use.tokens_in:,}", f"{use.tokens_out:,}", _dollars(use.cost)


def _dollars(cost: float | None) -> str:
    return "unknown price" if cost is None else f"${cost:,.2f}"
