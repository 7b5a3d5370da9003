"""What the guards on a conversation found: whether a reply's author repeats, copies, or fits anybody."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from empa_graph.models.record import Record, Unit

Guard = Literal["repeated", "copied", "framed", "specific"]
FEWEST_REPLIES = 8
"""Replies below which only what is sure is told of a conversation."""
FEWEST_TOLD = 3
"""Replies below which nothing is."""


class GuardFindings(Record):
    """The figures of one conversation and the guards that it passed beyond. They cap a score and never lower one.

    A figure is None where nothing was said that it could be taken of.
    """

    replies: int = Field(ge=0)
    """Replies with words."""
    repeated: Unit | None = None
    """Share of the replies' 3-grams that stand in an earlier reply of the conversation."""
    copied: Unit | None = None
    """Share of the replies' 3-grams that the person had said before, "I" and "you" as one."""
    framed: float | None = Field(default=None, ge=0.0, allow_inf_nan=False)
    """How far the replies put the person's words into sentences with gaps (`empa_graph.cues.grafts.framed`)."""
    specific: Unit | None = None
    """Share of replies with a word that the person used and that is not ordinary in talk of troubles."""
    excess: dict[Guard, float] = Field(default_factory=dict)
    """How far a figure lies outside the range of people, by guard; only those that do."""

    @property
    def beyond(self) -> tuple[str, ...]:
        """The guards that were passed beyond, in a fixed order."""
        return tuple(self.excess)

    @property
    def provisional(self) -> bool:
        """Whether there are too few replies (below `FEWEST_REPLIES`) to tell whether they would suit anybody."""
        return self.replies < FEWEST_REPLIES
