"""``empa validate --compare``: the cards' numbers side by side, and against a second annotation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import typer

from empa_graph.cli.display import console
from empa_graph.cli.listing import listed
from empa_graph.content.library import find_scenarios, scenarios
from empa_graph.content.numbers import Kappa, Number, agreement_with, load_annotation, numbers, side_by_side


def compare_numbers(places: Sequence[Path], pattern: str, against: Path | None, *, as_json: bool) -> None:
    """Print the numbers that fit ``pattern`` from low to high, or how far a second annotation agrees with them."""
    chosen = [scenario for place in places for scenario in scenarios(place)] or find_scenarios(["all"])
    groups = side_by_side(numbers(chosen), pattern)
    if against is not None:
        _print_kappas(agreement_with(load_annotation(against), groups), as_json=as_json)
    elif as_json:
        typer.echo(json.dumps({name: [number._asdict() for number in group] for name, group in groups.items()}))
    else:
        _print_groups(groups)


def _print_groups(groups: Mapping[str, Sequence[Number]]) -> None:
    for name, group in groups.items():
        rows = [(f"{number.value:g}", number.where, number.reason) for number in group]
        for part in listed(("value", "card", "reason"), rows, width=console.width, numbers=("value",), title=name):
            console.print(part)


def _print_kappas(found: Sequence[Kappa], *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps([kappa._asdict() for kappa in found]))
        return
    rows = [
        (k.name, str(k.n), "" if k.kappa is None else f"{k.kappa:.2f}", f"{k.difference:+.2f}", k.furthest)
        for k in found
    ]
    headings = ("number", "cards", "kappa", "difference", "furthest apart")
    for part in listed(headings, rows, width=console.width, numbers=headings[1:4]):
        console.print(part)
