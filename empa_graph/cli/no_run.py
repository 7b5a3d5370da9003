"""What is typed where a run or a scenario belongs, and is the path of something else or of nothing."""

from __future__ import annotations

from pathlib import Path

from empa_graph.errors import UsageError, first_of, nearest
from empa_graph.store.folder import MANIFEST

_RUNS = Path("runs")
"""Where runs are put that name no folder of their own."""


def refuse_path(what: str) -> None:
    """Raise UsageError where ``what``, the name of no scenario, is a file or lies in a folder without being a run.

    It says which command reads a file, and which run folder beside it is nearest.
    """
    path = Path(what)
    if path.is_file():
        raise UsageError(f"{what}: a file and no run folder; {_reader(path)}")
    if path.suffix == ".jsonl":
        raise UsageError(f"{what}: no such file")
    if path.parent != Path() and path.parent.is_dir():
        runs = _runs(path.parent)
        raise UsageError(f"{what}: no such run folder{_hint(path.name, path.parent, runs)}")
    if what in _runs(_RUNS):
        raise UsageError(f"{what}: no such run folder; did you mean '{_RUNS / what}'?")


def _reader(path: Path) -> str:
    """Say what reads a file."""
    if path.name == MANIFEST:
        return f"name its folder, {path.parent}"
    if path.suffix == ".jsonl":
        return "`empa report` shows conversations that are judged, `empa score` judges chats"
    if path.suffix in (".yaml", ".yml"):
        return f"`empa show PERSONA --personas {path}` shows a persona in it"
    return "`empa score` reads chats"


def _runs(folder: Path) -> list[str]:
    """Return the names of the run folders in ``folder``, if it is one."""
    inside = folder.iterdir() if folder.is_dir() else ()
    return sorted(one.name for one in inside if (one / MANIFEST).is_file())


def _hint(name: str, folder: Path, runs: list[str]) -> str:
    """Name the run that is nearest, else those that there are."""
    near = nearest(name, runs)
    if near is not None:
        return f"; did you mean '{folder / near}'?"
    shown = first_of([str(folder / run) for run in runs])
    return f"; those in {folder}: {shown}" if runs else f", nor any other in {folder}"
