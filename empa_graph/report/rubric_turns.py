"""Whether two runs were judged by one rubric that each played with a number of turns of its own."""

from __future__ import annotations

import hashlib

from empa_graph.content.library import load_rubric
from empa_graph.errors import UsageError
from empa_graph.models.rubric import with_max_turns
from empa_graph.models.run import Run


def with_rubric_of(a: Run, b: Run) -> Run:
    """Return ``b`` with the hash of the rubric of ``a``, where the two differ in the turns of their runs alone.

    A manifest holds the hash of the rubric with the turns of its run. Where the rubric at hand is not the one of both,
    since it was changed or lies elsewhere, nothing can be told, and ``b`` is returned as it is.
    """
    name = f"rubric:{a.rubric}"
    if a.max_turns == b.max_turns or (a.rubric, a.rubric_file) != (b.rubric, b.rubric_file):
        return b
    try:
        rubric = load_rubric(a.rubric_file)
    except UsageError:
        return b
    if any(run.hashes.get(name) != _digest(with_max_turns(rubric, run.max_turns).model_dump_json()) for run in (a, b)):
        return b
    return b.model_copy(update={"hashes": {**b.hashes, name: a.hashes[name]}})


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
