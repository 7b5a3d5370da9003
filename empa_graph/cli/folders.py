"""Run folders as the commands open them: with the user's key, and the database that was typed."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from empa_graph.cli.typed_config import Typed, option_of
from empa_graph.errors import UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.roles.specs import EVALUATORS
from empa_graph.run.place import RunPlace

SHOWN = 5
"""Contradictions listed; the rest is counted."""


def recorded(place: RunPlace) -> Iterator[Episode]:
    """Yield the ended episodes of a run by number, a bounded number in memory at a time. Raises UsageError."""
    with place.opened() as ledger:
        yield from ledger.episodes()


def contradicted(found: Sequence[object]) -> Iterator[str]:
    """Yield a line for each of the first contradictions ``found`` in a run, and one that counts the rest."""
    yield from (f"{row}; it was edited, or scored by other rules" for row in found[:SHOWN])
    if len(found) > SHOWN:
        yield f"and {len(found) - SHOWN} more episodes whose stored figures their own levels do not give"


def acting(run: Run) -> dict[str, tuple[str, ...]]:
    """Return what of a manifest loads code, reaches a network or sets prices, by the field that holds it.

    Files of personas, rubrics and redaction rules are data: they are held to their hashes.
    """
    config = run.config
    agent, evaluator, voice, director = config.agent.spec, config.evaluator.name, config.persona.voice, config.director
    prices = config.store.prices
    named: dict[str, tuple[str | None, ...]] = {
        "agent.spec": (None if agent.startswith("scripted:") else agent,),
        "evaluator.name": (None if evaluator in EVALUATORS else evaluator,),
        "evaluator.judges": config.evaluator.judges,
        "evaluator.support_judge": (config.evaluator.support_judge,),
        "director": (None if director == "rules" else director,),
        "persona.voice": (None if voice == "card" else voice,),
        "persona.voice_check": (config.persona.voice_check,),
        "extra": config.extra,
        "imports": config.imports,
        "agent.base_url": (config.agent.base_url,),
        "evaluator.judge_base_url": (config.evaluator.judge_base_url,),
        "store.url": (config.store.url,),
        "store.prices": (None if prices is None else str(prices),),
    }
    found = {field: tuple(value for value in values if value is not None) for field, values in named.items()}
    return {field: values for field, values in found.items() if values}


def resuming(path: Path, run: Run) -> str:
    """Return the command that resumes a run which was not made here."""
    typed = [
        word for field, values in acting(run).items() for value in values for word in (option_of(field) or "", value)
    ]
    return shlex.join(["empa", "resume", str(path), *typed])


def refuse_untyped(path: Path, run: Run, typed: Typed) -> None:
    """Raise UsageError where something of a strange manifest would act that was not typed."""
    if not all(typed.words(field) for field in acting(run)):
        raise UsageError(
            f"{path}: this run was not made here (run.json carries no seal of yours), so nothing it names is loaded "
            f"or reached; if you trust it, type that: {resuming(path, run)}"
        )


def refuse_other(run: Run, typed: Typed) -> None:
    """Raise UsageError where a role or an import was typed that is not the run's."""
    config = run.config
    roles = {
        "agent.spec": (config.agent.spec,),
        "evaluator.name": (config.evaluator.name,),
        "evaluator.judges": config.evaluator.judges,
        "evaluator.support_judge": (config.evaluator.support_judge or "nobody",),
        "director": (config.director or "nobody",),
        "persona.voice": (config.persona.voice,),
        "persona.voice_check": (config.persona.voice_check or "nobody",),
        "extra": config.extra,
        "imports": config.imports,
    }
    for field, known in roles.items():
        if (words := typed.words(field)) and words != known:
            found, wanted = (", ".join(values) or "none" for values in (words, known))
            raise UsageError(f"{option_of(field)} is '{found}', and run '{run.id}' was played with '{wanted}'")


def import_from_here(*, beside: Path | None = None) -> None:
    """Let agents lie in the working folder, behind all else; not where that lies in the run folder ``beside``."""
    if "" not in sys.path and not (beside and Path.cwd().is_relative_to(beside.resolve())):
        sys.path.append("")
