"""Which live results can be labels of conversations, and which cannot and why.

Rule: a label is a number that somebody gave one conversation. What a version came to is one number for all of its
conversations and says of none how it went; that something happened is no rating.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from empa_graph.chats.reader import AS_IT_LOOKS, How
from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.report.text import one_line
from empa_graph.study.correlate.rated import LARGEST_RATING, MOST_RATERS, WITHIN, RatedFile, rated_file
from empa_graph.study.outcomes.live_results import LiveRow, live_rows

NAMED = 3
"""Conversations that are named in a line; the others are counted."""


class Labelled(NamedTuple):
    """Conversations with the answers that people gave about them, and what of the live results was left out."""

    found: RatedFile
    told: tuple[str, ...]
    """A line for each thing that has to be known of these labels."""


def labels(rows: Sequence[LiveRow], outcome: str, *, file: Path) -> dict[str, tuple[float, ...]]:
    """Return the answers of ``outcome`` by conversation, one a row, in the order of the rows.

    Raises NotFoundError for an unknown outcome, UsageError where its rows can be no labels, ContentError for an
    answer beyond `LARGEST_RATING` and for more than `MOST_RATERS` answers about one conversation.
    """
    own = [row for row in rows if row.outcome == outcome]
    if not own:
        known = dict.fromkeys(row.outcome for row in rows)
        raise NotFoundError("outcome", one_line(outcome), map(one_line, known), where=f"{file}")
    name = one_line(outcome)
    if (counted := next((row for row in own if row.counted), None)) is not None:
        raise UsageError(
            f"{file}:{counted.line}: '{name}' is counted, and can be no label: that something happened is no rating of "
            "a conversation; a label is the number that somebody gave one (columns conversation and mean)"
        )
    if (far := next((row for row in own if abs(row.value) > LARGEST_RATING), None)) is not None:
        raise ContentError(f"{file}:{far.line}: mean: {far.value:g}, allowed in a label is {WITHIN}")
    found: defaultdict[str, list[float]] = defaultdict(list)
    for row in own:
        if row.conversation:
            found[row.conversation].append(row.value)
    if not found:
        raise UsageError(
            f"{file}:{own[0].line}: '{name}' is of versions of an agent, and can be no label: what a version came to "
            "says of none of its conversations how it went; a label needs the column conversation (`empa outcomes` "
            "sets versions beside their scores)"
        )
    most, answers = max(found.items(), key=lambda item: len(item[1]))
    if len(answers) > MOST_RATERS:
        raise ContentError(f"{file}: {len(answers)} answers about '{one_line(most)}', allowed are {MOST_RATERS}")
    return {conversation: tuple(given) for conversation, given in found.items()}


def labelled(chats: Path, file: Path, outcome: str, *, limit: int | None = None, how: How = AS_IT_LOOKS) -> Labelled:
    """Return the conversations of ``chats``, each with the answers that ``file`` has of its id.

    Raises UsageError for a folder, and where no id is in both; else as `labels`, `live_rows` and `rated_file`.
    """
    if chats.is_dir():
        raise UsageError(f"--outcomes goes with a file of the conversations that were lived; {chats} is a folder")
    rows = live_rows(file)
    answers = labels(rows, outcome, file=file)
    found = rated_file(chats, limit=limit, how=how, given={id_: {outcome: own} for id_, own in answers.items()})
    there = {row.transcript.id for row in found.rows}
    if not (both := answers.keys() & there):
        raise UsageError(f"{file}: no conversation of {chats} has an id that '{one_line(outcome)}' names")
    whole = sum(row.outcome == outcome and not row.conversation for row in rows)
    return Labelled(
        found, tuple(_told(one_line(outcome), len(both), len(there), sorted(answers.keys() - there), whole))
    )


def _told(outcome: str, both: int, all_: int, lost: Sequence[str], whole: int) -> list[str]:
    told = [
        f"{both} of {all_} conversations have an answer to '{outcome}'; who answers is not drawn by chance, and "
        "a mean that is corrected by answers holds for conversations like theirs"
    ]
    if lost:
        more = f" and {len(lost) - NAMED} more" if len(lost) > NAMED else ""
        names = ", ".join(one_line(name) for name in lost[:NAMED])
        told.append(f"answers left out, no conversation of that id: {names}{more}")
    if whole:
        told.append(f"rows of '{outcome}' left out, which are of versions: {whole}")
    return told
