"""``empa export`` and ``empa verify``: what a stored run gives away, and whether it is as it was written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final, Literal

import typer

from empa_graph.cli.display import console, literal
from empa_graph.cli.folders import contradicted
from empa_graph.cli.plain import one_line
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.report.every_eval_ever.folder import write_every_eval_ever
from empa_graph.report.every_eval_ever.record import RELATIONSHIPS, UNSAID, Publisher, Relationship
from empa_graph.report.export import NAMES, Format, export
from empa_graph.report.text import many
from empa_graph.run.home import OTHER_MANIFEST, same_manifest, unchecked
from empa_graph.run.place import RunPlace
from empa_graph.run.recount import Recount
from empa_graph.store.chain import Fault
from empa_graph.store.suspension import suspension

EVERY_EVAL_EVER: Final = "every-eval-ever"
"""The format that is a folder."""
SHOWN = 20
"""Faults listed; the rest is counted."""


def export_run(
    run: str | Path,
    *,
    format: str = "jsonl",  # noqa: A002 - the option's name
    out: Path | None = None,
    url: str | None = None,
    force: bool = False,
    organization: str | None = None,
    relationship: str | None = None,
) -> None:
    """Write the ended episodes of a run folder or store URL to ``out``, by default into the folder.

    ``organization`` and ``relationship`` say who publishes a record of Every Eval Ever.
    """
    published = Publisher(organization or UNSAID.organization, _relationship(relationship))
    chosen = _format(format)
    if chosen != EVERY_EVAL_EVER and published != UNSAID:
        raise UsageError(
            f"--organization and --relationship are for --format {EVERY_EVAL_EVER}; `{chosen}` has neither"
        )
    place = RunPlace(str(run), url)
    folder = place.folder or Path()
    path = out if out is not None else folder / (chosen if chosen == EVERY_EVAL_EVER else NAMES[chosen])
    left_out: tuple[str, ...] = ()
    with place.opened() as store:
        told = {found.number: str(found) for found in Recount(store)}
        if chosen == EVERY_EVAL_EVER:
            count, _, left_out = write_every_eval_ever(
                store, path, publisher=published, force=force, contradictions=told
            )
        else:
            count = export(store, path, format=chosen, force=force, contradictions=told)
        left = suspension(store, str(place))
        unended = (
            (f"{len(store.ended())} of {many(len(store.run.plan), 'episode')} have ended; {left}",) if left else ()
        )
    for line in (*unended, *contradicted(list(told.values())), *left_out):
        typer.echo(f"empa: {one_line(line)}", err=True)
    console.print(literal(f"{many(count, 'episode')} in {path}"))


def verify_run(
    run: str | Path,
    *,
    head: str | None = None,
    url: str | None = None,
    as_json: bool = False,
) -> None:
    """Say whether a stored run is as it was written; exit code 1 if not."""
    place = RunPlace(str(run), url)
    with unchecked(place.typed, store=url) as store:
        found = store.verify(head=head)
        if place.folder is not None and not same_manifest(place.folder, store):
            found = found._replace(faults=(Fault("edited", OTHER_MANIFEST), *found.faults))
    if as_json:
        faults = [fault._asdict() for fault in found.faults]
        typer.echo(json.dumps({**found._asdict(), "faults": faults}, indent=2))
    else:
        for fault in found.faults[:SHOWN]:
            console.print(literal(f"{fault.kind}: {fault.what}", "red"))
        if len(found.faults) > SHOWN:
            console.print(literal(f"and {len(found.faults) - SHOWN} more", "red"))
        state = "sealed" if found.sealed else "not sealed: an end that was dropped cannot be seen without --head"
        console.print(literal(f"{many(found.links, 'link')}, {many(len(found.faults), 'fault')}, {state}"))
        console.print(literal(f"head {found.head}"))
    if found.faults:
        raise typer.Exit(1)


def _format(name: str) -> Format | Literal["every-eval-ever"]:
    if name == EVERY_EVAL_EVER:
        return EVERY_EVAL_EVER
    for known in NAMES:
        if known == name:
            return known
    raise NotFoundError("format", name, (*NAMES, EVERY_EVAL_EVER))


def _relationship(name: str | None) -> Relationship | None:
    if name is None:
        return None
    for known in RELATIONSHIPS:
        if known == name:
            return known
    raise NotFoundError("relationship", name, RELATIONSHIPS)
