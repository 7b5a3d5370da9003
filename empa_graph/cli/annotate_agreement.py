"""``empa annotate --agreement`` and ``--settle``: how far annotators agree, and the values they settle on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import groupby

import typer
from rich.console import RenderableType

from empa_graph.cli.annotate_lines import asked_as, read, told, typed, wrapped
from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line
from empa_graph.distill.agreed import Agreement, Disagreement, agreements, disagreements
from empa_graph.distill.mark_rows import value_text
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.marks import Mark, Variable
from empa_graph.distill.settling import Settling
from empa_graph.errors import UsageError
from empa_graph.models.latent import Space

FIRST = 20
"""Disagreements that a table shows; the JSON has all."""


def print_agreement(store: MarkStore, space: Space, *, machines: bool, as_json: bool) -> None:
    """Print alpha and kappa of each variable, and what is left to settle."""
    found = agreements(store.marks(independent=True), space, machines=machines)
    left = disagreements(store.marks(), store.settled(), space, machines=machines)
    if as_json:
        typer.echo(json.dumps(_fields(store, found, left), indent=2, ensure_ascii=False))
        return
    for part in _tables(store, found, left, width=console.width):
        console.print(part)


def _fields(store: MarkStore, found: tuple[Agreement, ...], left: tuple[Disagreement, ...]) -> dict[str, object]:
    return {
        "space": store.space.id if store.space else None,
        "annotators": _annotators(store.marks()),
        "agreement": [
            {
                "variable": one.variable.id,
                "scale": one.variable.scale,
                "n": one.alpha.n,
                "alpha": one.alpha.value,
                "interval": None if one.alpha.low is None else [one.alpha.low, one.alpha.high],
                "reason": one.alpha.reason,
                "kappas": [kappa._asdict() for kappa in one.kappas],
            }
            for one in found
        ],
        "disagreements": [one._asdict() for one in left],
        "settled": [one.model_dump(mode="json") for one in store.settled(history=True)],
    }


def _annotators(marks: tuple[Mark, ...]) -> dict[str, int]:
    """Return of how many conversations each annotator marked something."""
    found: dict[str, set[str]] = {}
    for mark in marks:
        found.setdefault(mark.annotator, set()).add(mark.conversation)
    return {name: len(found[name]) for name in sorted(found)}


def _tables(
    store: MarkStore, found: tuple[Agreement, ...], left: tuple[Disagreement, ...], *, width: int
) -> Iterator[RenderableType]:
    who = ", ".join(f"{name} {number:,}" for name, number in _annotators(store.marks()).items())
    yield literal(f"conversations marked by each annotator: {who or 'none'}")
    headings = ("variable", "scale", "n", "alpha", "95% interval", "kappa", "note")
    rows = [one.told for one in found if one.alpha.n]
    if rows:
        yield from listed(headings, rows, width=width, numbers=("n", "alpha", "95% interval", "kappa"))
    none = [one.variable.id for one in found if not one.alpha.n]
    if none:
        yield literal(f"marked by fewer than two: {', '.join(none)}", "dim")
    yield literal(f"{len(left):,} left to settle, {len(store.settled()):,} settled")
    known = store.variables if left else {}
    shown_ = [
        (one.conversation, one.variable, f"{one.size:.2f}", _given(one, known[one.variable])) for one in left[:FIRST]
    ]
    if shown_:
        yield from listed(("conversation", "variable", "apart", "values"), shown_, width=width, numbers=("apart",))
    if len(left) > FIRST:
        yield literal(f"and {len(left) - FIRST:,} more, which --json lists", "dim")


def _given(one: Disagreement, variable: Variable) -> str:
    return " | ".join(f"{one_line(name)}: {value_text(value, variable)}" for name, value in one.given.items())


def settle(work: Settling, *, ask: Callable[[str], str | None], say: Callable[[str], None]) -> bool:
    """Go through what people left open, and say whether all was gone through; each value is kept as it is settled."""
    hidden = work.withheld()
    for id_, ones in groupby(sorted(work.left(), key=lambda one: one.conversation), key=lambda one: one.conversation):
        if id_ in hidden:
            say(wrapped(f"Conversation {id_}: left out; give your own marks of it first."))
            continue
        say(f"\nConversation {one_line(id_)}\n\n{read(work.talk(id_))}")
        for one in ones:
            if not _settled(work, one, ask=ask, say=say):
                return False
    say(f"\n{len(work.left())} left to settle.")
    return True


def _settled(
    work: Settling, left: Disagreement, *, ask: Callable[[str], str | None], say: Callable[[str], None]
) -> bool:
    """Ask for the value that is to stand; say whether somebody is still there."""
    one, of = work.asked[left.variable], (left.conversation, left.variable)
    say(f"\n{asked_as(one)}")
    for mark in work.marks(*of):
        say(wrapped(told(mark, one.variable), indent="  - "))
    while True:
        text = ask("settle on (Enter: leave it open, /quit)> ")
        if text is None or text == "/quit":
            return False
        if not text:
            return True
        try:
            value = typed(one, text)
            work.settle(*of, value, reason=ask("why (Enter: no reason)> ") or "")
        except UsageError as error:
            say(wrapped(str(error)))
            continue
        return True
