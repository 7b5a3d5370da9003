"""What is typed where a run or a scenario belongs, and is the path of something else or of nothing."""

from __future__ import annotations

from pathlib import Path

from empa_graph.errors import UsageError
from empa_graph.store.folder import MANIFEST, RUNS, instead_of, run_folders


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
        raise UsageError(f"{what}: no such run folder{instead_of(path) or f', nor any other in {path.parent}'}")
    if what in run_folders(RUNS):
        raise UsageError(f"{what}: no such run folder{instead_of(path)}")


def _reader(path: Path) -> str:
    """Say what reads a file."""
    if path.name == MANIFEST:
        return f"name its folder, {path.parent}"
    if path.suffix == ".jsonl":
        return "`empa report` shows conversations that are judged, `empa score` judges chats"
    if path.suffix in (".yaml", ".yml"):
        return f"`empa show PERSONA --personas {path}` shows a persona in it"
    return "`empa score` reads chats"
