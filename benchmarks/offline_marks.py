"""How the offline marks of conversations go with what the seekers of ESConv said themselves: `FILE [tuning|reporting]`.

Spearman's rank correlation with an interval of resampled conversations; the words were chosen on the tuning half.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from scipy.stats import spearmanr

from empa_graph.content.library import load_rubric
from empa_graph.distill.offline_marks import offline_marks
from empa_graph.distill.records import Conversation, Turn

HALVES = ("tuning", "reporting")
MATTERS = {
    "job crisis": "work",
    "academic pressure": "study",
    "breakup with partner": "partner",
    "problems with friends": "friends",
    "conflict with parents": "family",
    "Issues with Parents": "family",
    "Issues with Children": "family",
    "Sleep Problems": "health",
    "Alcohol Abuse": "health",
}
"""Problems of ESConv that one matter answers to; "ongoing depression" and some rare ones have none."""
RESAMPLED = 2_000


class Row(NamedTuple):
    """One conversation: its marks, the seeker's intensity before and after, 1 to 5, and the problem."""

    marks: dict[str, Any]
    before: float
    after: float
    problem: str


def rows(lines: Iterable[str], half: str) -> Iterator[Row]:
    """Yield the conversations of a half that have both ratings."""
    space = load_rubric("sdt").space
    for one in map(json.loads, lines):
        of = int(hashlib.sha256(one["id"].encode()).hexdigest(), 16) % 2
        if HALVES[of] != half or not one["initial_intensity"] or not one["final_intensity"]:
            continue
        sides = {"user": "persona", "assistant": "empathic"}
        said = (Turn.model_validate({"speaker": sides[m["role"]], "text": m["content"]}) for m in one["messages"])
        talk = Conversation(id="one", line=1, turns=tuple(said), placeholders={})
        marks = {mark.variable: mark.value for mark in offline_marks(talk, space)}
        yield Row(marks, one["initial_intensity"], one["final_intensity"], one["problem"])


def told(name: str, mark: np.ndarray, rating: np.ndarray) -> str:
    """Return a line with the correlation and its interval."""
    dice = np.random.default_rng(0)
    drawn = (dice.integers(0, len(mark), len(mark)) for _ in range(RESAMPLED))
    low, high = np.quantile([spearmanr(mark[at], rating[at])[0] for at in drawn], (0.025, 0.975))
    return f"{name:<46} {spearmanr(mark, rating)[0]:.2f} [{low:.2f}, {high:.2f}]"


def main(file: str, half: str = "reporting") -> None:
    """Print the figures."""
    with Path(file).open(encoding="utf-8") as lines:
        found = [*rows(lines, half)]
    before, after = (np.array([getattr(row, name) for row in found]) for name in ("before", "after"))
    start, end = (np.array([row.marks[f"{time}.calm"] for row in found]) for time in ("start", "end"))
    print(f"{len(found)} conversations of the {half} half")
    print(told("start.calm, low, with intensity before", -start, before))
    print(told("end.calm - start.calm with its fall", end - start, before - after))
    print(told("end.calm, low, with intensity after", -end, after))
    known = [row for row in found if row.problem in MATTERS]
    same = sum(row.marks.get("matter") == MATTERS[row.problem] for row in known)
    print(f"matter as the problem says: {same} of {len(known)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
