"""``empa list KIND``: the names of a kind of thing, of the package and of extensions, and whose they are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import typer

from empa_graph.cli.display import console
from empa_graph.cli.listing import listed
from empa_graph.content.library import bundled_rubrics, find_scenarios, load_persona, persona_files
from empa_graph.content.registry import KINDS, REGISTRY, Kind
from empa_graph.errors import NotFoundError, UsageError, nearest
from empa_graph.llm.resolve import BUILTIN
from empa_graph.models.config import EXECUTORS
from empa_graph.report.summary import METRICS
from empa_graph.roles.empathic.reference_agents import AGENTS
from empa_graph.roles.specs import EVALUATORS

LISTED: Mapping[str, Kind] = {f"{kind}s": kind for kind in KINDS}
"""The kinds as they are typed."""
PACKAGE = "the package"
USED: Mapping[Kind, str] = {
    "persona": "empa run NAME",
    "rubric": "--rubric NAME",
    "evaluator": "--evaluator NAME",
    "role": "--empathic, --director, --extra SEAT:NAME",
    "metric": "every summary",
    "executor": "--executor NAME",
    "provider": "NAME:MODEL in place of a model",
}


class Named(NamedTuple):
    """A name, whose it is, and where it is typed."""

    name: str
    of: str
    used: str


def list_names(kind: str, folder: Path | None, *, chosen: Mapping[str, str | None], as_json: bool) -> None:
    """Print the names of a ``kind`` of `LISTED`; nothing is imported for it.

    Raises UsageError for an option of ``chosen``, which are for scenarios.
    """
    for option, value in chosen.items():
        if value is not None:
            raise UsageError(f"{option} is for scenarios; `empa list {kind}` lists names")
    found = sorted({*_own(LISTED[kind], folder), *_registered(LISTED[kind])})
    if as_json:
        typer.echo(json.dumps([named._asdict() for named in found], indent=2))
        return
    for part in listed(Named._fields, found, width=console.width, names=("name",), title=f"{len(found)} {kind}"):
        console.print(part)


def refuse_misspelt(word: str, folder: Path | None) -> None:
    """Raise NotFoundError for a ``word`` that is nearer to a kind of `LISTED` than to any scenario or persona."""
    known = {*REGISTRY.names("persona")} if folder is None else set[str]()
    for scenario in find_scenarios((), folder):
        known |= {scenario.id, scenario.persona.id}
    if nearest(word, [*known, *LISTED]) in LISTED:
        raise NotFoundError("kind", word, LISTED)


def _own(kind: Kind, folder: Path | None) -> Iterator[Named]:
    """Yield what comes with the package; of personas those in ``folder``, if one was typed."""
    names: Mapping[str, tuple[str, ...]] = {
        "rubric": tuple(bundled_rubrics()),
        "evaluator": EVALUATORS,
        "metric": METRICS,
        "executor": EXECUTORS,
        "provider": tuple(BUILTIN),
    }
    if kind == "persona":
        whose = PACKAGE if folder is None else str(folder)
        yield from (Named(load_persona(file).id, whose, USED[kind]) for file in persona_files(folder))
    elif kind == "role":
        yield from (Named(f"scripted:{name}", PACKAGE, "--empathic NAME") for name in AGENTS)
        yield Named("rules", PACKAGE, "--director NAME")
    else:
        yield from (Named(name, PACKAGE, USED[kind]) for name in names[kind])


def _registered(kind: Kind) -> Iterator[Named]:
    return (Named(name, REGISTRY.origin(kind, name), USED[kind]) for name in REGISTRY.names(kind))
