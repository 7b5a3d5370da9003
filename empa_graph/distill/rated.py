"""What people marked of conversations, as lines of ratings: what is settled or agreed, in numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from empa_graph.distill.folder import conversations
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.mark_tables import FILE
from empa_graph.distill.marks import Mark, is_person
from empa_graph.distill.records import Conversation
from empa_graph.errors import ContentError
from empa_graph.study.correlate.rated import RatedFile, rated_lines


def is_marked(folder: Path) -> bool:
    """Say whether ``folder`` is one of `empa distill` that somebody has marked."""
    return (folder / FILE).is_file()


def rated_marks(folder: Path) -> Iterator[str]:
    """Yield a line for each conversation of which people's marks stand in numbers, by the id of the variable.

    Settled values before agreed ones; what people differ on is left out until it is settled, and machines are not
    people. Raises ContentError, UsageError.
    """
    with MarkStore(folder) as store:
        for talk in conversations(folder):
            if found := _numbers(store, talk):
                said = [
                    {"role": "user" if t.speaker == "persona" else "assistant", "content": t.text} for t in talk.turns
                ]
                ratings = {mark.variable: [mark.value] for mark in found}
                yield json.dumps({"id": talk.id, "messages": said, "ratings": ratings}, ensure_ascii=False)


def marked_ratings(folder: Path, *, limit: int | None = None) -> RatedFile:
    """Return the first ``limit`` lines of `rated_marks` as ratings. Raises ContentError where there is none."""
    found = rated_lines((line.encode() for line in rated_marks(folder)), limit=limit)
    if not found.rows:
        raise ContentError(f"{folder}: no mark of people in numbers stands (empa annotate {folder})")
    return found


def markers_of(folder: Path, variable: str) -> tuple[str, ...]:
    """Return who gave or settled the marks of ``variable`` that stand."""
    with MarkStore(folder) as store:
        found = (mark for talk in conversations(folder) for mark in _numbers(store, talk))
        return tuple(sorted({mark.annotator for mark in found if mark.variable == variable}))


def _numbers(store: MarkStore, talk: Conversation) -> list[Mark]:
    return [m for m in store.standing(talk.id) if is_person(m.annotator) and isinstance(m.value, int | float)]
