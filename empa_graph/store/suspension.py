"""Whether a stored run was left before its end, and how to go on with it."""

from __future__ import annotations

from pathlib import Path

from empa_graph.models.run import Run
from empa_graph.store.ledger import Store


def suspension(store: Store, place: str | Path = "") -> str:
    """Say in a line that the run of ``store``, in the folder ``place``, has episodes left to play; empty where none is.

    A run that was recorded elsewhere is as it came.
    """
    left = len(store.run.plan) - len(store.ended())
    return left_to_play(store.run, left, place, writing=store.being_written()) if left > 0 else ""


def left_to_play(run: Run, left: int, place: str | Path, *, writing: bool | None) -> str:
    """Say the same of a ``run`` with so many episodes ``left``; empty for one that was recorded elsewhere."""
    if run.recorded is not None:
        return ""
    told = f"{left} of {len(run.plan)} episodes are left to play"
    if writing:
        return f"still being played: {told}"
    return f"suspended: {told}; go on with: {_how(str(place), handed=bool(run.handed))}"


def _how(place: str, *, handed: bool) -> str:
    if handed:
        return "evaluate() and the same configuration"
    return "empa resume and its folder" if not place or "://" in place else f"empa resume {place}"
