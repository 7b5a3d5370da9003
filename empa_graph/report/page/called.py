"""What runs and entrants are called: people name their folders, and ids are made of times."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from empa_graph.models.run import Run


def run_name(place: str | Path, run: Run) -> str:
    """Return the name of a run's folder; of one in a database its id."""
    return Path(lies(place)).name or run.id


def lies(place: str | Path) -> str:
    """Return where a folder or file lies; empty for a database, whose address is nobody's to read."""
    return os.path.normpath(Path(place).absolute()) if str(place) and "://" not in str(place) else ""


def told_apart(names: Sequence[str], places: Sequence[str]) -> list[str]:
    """Return ``names``, those that are alike with as much of the folders that they lie in as tells them apart.

    What lies in one place, or nobody knows where, is numbered.
    """
    both, counts = list(zip(names, places, strict=True)), Counter(names)
    found = [
        name if counts[name] == 1 else _told_apart(name, place, [p for n, p in both if n == name])
        for name, place in both
    ]
    again = Counter(found)
    return [name if again[name] == 1 else f"{name} #{found[:at].count(name) + 1}" for at, name in enumerate(found)]


def _told_apart(name: str, place: str, alike: Sequence[str]) -> str:
    parts = Path(place).parts
    for count in range(2, len(parts) + 1):
        tail = parts[-count:]
        if sum(Path(other).parts[-count:] == tail for other in alike) == 1:
            return str(Path(*tail))
    return name
