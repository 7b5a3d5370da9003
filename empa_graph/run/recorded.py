"""The content that a recorded run names, found again from any working folder.

Rule: a manifest holds a path as it was typed, so it is looked for from here and from the folders above the run, and
counts only with the content that the manifest has the hash of.
"""

from __future__ import annotations

from pathlib import Path

from empa_graph.content.library import is_file_name, load_rubric
from empa_graph.errors import UsageError
from empa_graph.models.rubric import Rubric, with_max_turns
from empa_graph.models.run import Run
from empa_graph.seeds import digest_of


def places(typed: str | Path, folder: Path) -> list[Path]:
    """Return where ``typed``, a path in the manifest of the run in ``folder``, may stand; each exists."""
    bases = (Path(), *folder.resolve().parents)
    return [place for base in bases if (place := base / typed).exists()]


def run_rubric(run: Run, folder: Path) -> Rubric:
    """Return the rubric of the run in ``folder``, with the turns that it was played with.

    Raises UsageError where its file is gone or has changed since.
    """
    named = run.rubric_file
    if not is_file_name(named):
        return with_max_turns(load_rubric(named), run.max_turns)
    found = [with_max_turns(load_rubric(place), run.max_turns) for place in places(named, folder)]
    wanted = run.hashes.get(f"rubric:{run.rubric}")
    for rubric in found:
        if digest_of(rubric.model_dump_json()) == wanted:
            return rubric
    fate = "has changed since it was played" if found else "is not found from here"
    raise UsageError(f"the rubric of run '{run.id}', {named}, {fate}; name one with --rubric")
