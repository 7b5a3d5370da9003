"""Run folders as the commands open them: with the user's key, and the database that was typed."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from empa_graph.errors import UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.run import Run
from empa_graph.run.config import EVALUATORS
from empa_graph.store.access import open_store
from empa_graph.store.folder import DATABASE, load_run
from empa_graph.store.ledger import Store
from empa_graph.store.trust import user_key

SHOWN = 5
"""Contradictions listed; the rest is counted."""


def key_file() -> Path | None:
    """Return where the user's key lies: ``empa_graph/key`` in XDG_STATE_HOME, else in ``~/.local/state``."""
    try:
        named = Path(os.environ.get("XDG_STATE_HOME", ""))
        state = named if named.is_absolute() else Path.home() / ".local" / "state"
    except RuntimeError:  # no home
        return None
    return state / "empa_graph" / "key"


def own_key(*, make: bool = False) -> bytes | None:
    """Return the key under which runs made here are sealed, made first if wanted; None where none can be had."""
    file = key_file()
    return None if file is None else user_key(file, make=make)


def opened(run: str | Path, run_id: str | None = None, *, store: str | None = None, writing: bool = False) -> Store:
    """Open the store of a run folder or store URL; for a folder without one of its own, the ``store`` that was typed.

    Raises UsageError, ContentError.
    """
    if store is not None and "://" not in str(run) and not (Path(run) / DATABASE).is_file():
        return open_store(store, run_id or load_run(Path(run)).id, writing=writing)
    return open_store(run, run_id, writing=writing, key=own_key())


def recorded(path: Path, store: str | None = None) -> Iterator[Episode]:
    """Yield the ended episodes of a run by number, a bounded number in memory at a time. Raises UsageError."""
    with opened(path, store=store) as ledger:
        yield from ledger.episodes()


def contradicted(found: Sequence[object]) -> Iterator[str]:
    """Yield a line for each of the first contradictions ``found`` in a run, and one that counts the rest."""
    yield from (f"{row}; it was edited, or scored by other rules" for row in found[:SHOWN])
    if len(found) > SHOWN:
        yield f"and {len(found) - SHOWN} more episodes whose stored figures their own levels do not give"


def acting(run: Run) -> dict[str, tuple[str, ...]]:
    """Return what of a manifest loads code, reaches a network or sets prices, by the option that types it.

    Files of personas, rubrics and redaction rules are data: they are held to their hashes.
    """
    named: dict[str, tuple[str | None, ...]] = {
        "--empathic": (None if run.agent.startswith("scripted:") else run.agent,),
        "--evaluator": (None if run.evaluator in EVALUATORS else run.evaluator,),
        "--judge": run.judges,
        "--director": (None if run.director == "rules" else run.director,),
        "--persona-voice": (None if run.voice == "card" else run.voice,),
        "--voice-check": (None if (check := run.parameters.get("voice_check")) is None else str(check),),
        "--extra": run.extra,
        "--import": run.imports,
        "--base-url": (run.base_url,),
        "--judge-base-url": (run.judge_base_url,),
        "--store": (run.store,),
        "--prices": (run.prices,),
    }
    found = {option: tuple(value for value in values if value is not None) for option, values in named.items()}
    return {option: values for option, values in found.items() if values}


def resuming(path: Path, run: Run) -> str:
    """Return the command that resumes a run which was not made here."""
    typed = [word for option, values in acting(run).items() for value in values for word in (option, value)]
    return shlex.join(["empa", "resume", str(path), *typed])


def refuse_untyped(path: Path, run: Run, typed: dict[str, tuple[str, ...]]) -> None:
    """Raise UsageError where something of a strange manifest would act that was not typed."""
    if not set(acting(run)) <= {option for option, values in typed.items() if values}:
        raise UsageError(
            f"{path}: this run was not made here (run.json carries no seal of yours), so nothing it names is loaded "
            f"or reached; if you trust it, type that: {resuming(path, run)}"
        )


def refuse_other(run: Run, typed: dict[str, tuple[str, ...]]) -> None:
    """Raise UsageError where a role or an import was typed that is not the run's."""
    roles = {
        "--empathic": (run.agent,),
        "--evaluator": (run.evaluator,),
        "--judge": run.judges,
        "--director": (run.director or "nobody",),
        "--persona-voice": (run.voice,),
        "--voice-check": (str(run.parameters.get("voice_check") or "nobody"),),
        "--extra": run.extra,
        "--import": run.imports,
    }
    for option, known in roles.items():
        if typed.get(option) and typed[option] != known:
            found, wanted = (", ".join(values) or "none" for values in (typed[option], known))
            raise UsageError(f"{option} is '{found}', and run '{run.id}' was played with '{wanted}'")


def import_from_here(*, beside: Path | None = None) -> None:
    """Let agents lie in the working folder, behind all else; not where that lies in the run folder ``beside``."""
    if "" not in sys.path and not (beside and Path.cwd().is_relative_to(beside.resolve())):
        sys.path.append("")
