"""How an agent supported: beside human supporters, by an offline coder, and as a model codes it in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field

from empa_graph.models.behaviour import Behaviour
from empa_graph.models.dialogue import Usage
from empa_graph.models.failure import Failure
from empa_graph.models.guard import FEWEST_REPLIES
from empa_graph.models.record import Record, Unit

NoFelt = Literal["card_lines", "too_short", "not_english"]
"""Why nobody's feeling is foretold: the person's words are lines of a card and not an answer of their own, there are
too few messages, or they are not in English."""
NO_FELT: Mapping[NoFelt, str] = {
    "card_lines": "since the person speaks lines of a card",
    "too_short": "since there are too few messages",
    "not_english": "since it is not in English",
}
Strength = Annotated[float, Field(ge=0.0, le=4.0)]


FEW = f"fewer than {FEWEST_REPLIES} replies"
MARKS = {"?": f"provisional: {FEW}, left out of means", "*": "capped by a guard"}
"""What the signs behind a value of support say."""


def provisional_of(count: int, of: int) -> str:
    """Say how many of so many values of support are provisional, and why."""
    return f"{count} of {of} provisional: {FEW}"


class Support(Record):
    """Support of one conversation as experts code it, in [0, 1]; 0.5 is the mean human supporter."""

    value: Unit
    low: Unit | None
    high: Unit | None
    """The 95% interval over replies; None for fewer than two."""
    percentile: Unit
    """The share of human supporters below it."""
    axes: dict[Behaviour, Strength]
    """The mean code of each axis."""
    replies: int = Field(ge=1)
    length: float = Field(ge=0.0)
    """Mean words of a reply: the baseline beside which every figure of agreement stands."""
    coder: str
    provisional: bool
    """Whether there are too few replies (below `FEWEST_REPLIES`) for the figure to count in a mean."""
    capped_by: tuple[str, ...] = ()
    """The guards that the conversation lies beyond, which capped the value."""

    @property
    def marks(self) -> str:
        """The signs that stand behind the value in a table, of those in `MARKS`."""
        return f"{'?' * self.provisional}{'*' * bool(self.capped_by)}"


class SupportJudgement(Record):
    """Support of one conversation as a model codes it in one call, or the failure in its place; never both.

    Its 0.5 is where support and its contrary balance, and not the mean human supporter: the value stands beside that of
    `Support` and is no estimate of it.
    """

    judge: str
    """The model as it was asked for."""
    answered_by: str | None = None
    """The model as its server named it; None without an answer."""
    value: Unit | None = None
    """The signed sum of the axes from its worst to its best; None for a failure."""
    axes: dict[Behaviour, Strength] = Field(default_factory=dict)
    """The strength of each axis; empty for a failure."""
    evidence: dict[Behaviour, str] = Field(default_factory=dict)
    """A verbatim span for each axis above 0."""
    repaired: bool = False
    """Whether the answer had to be asked for twice."""
    usage: Usage | None = None
    """Of all answers; None where none told it."""
    cost: float | None = None
    """US dollars of ``usage`` by list price; None where the price or the tokens are unknown, which is not 0."""
    failure: Failure | None = None
