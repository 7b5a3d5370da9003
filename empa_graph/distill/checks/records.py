"""What a check finds of a scenario: how each agent stands in it, how difficult it is, and why it is refused."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from empa_graph.models.record import Record, Unit
from empa_graph.report.coverage.aspects import Aspect, Known, Level
from empa_graph.report.coverage.counting import CardCoverage

Agent = Literal["skilled", "half", "generic", "lecturer", "dismissive"]
"""``skilled`` says a good reply to each line; ``half`` exchanges half of them for what ``generic`` says."""
Claim = Literal["reaches", "opens"]
"""What the rehearsal shows of a skilled agent: that it reaches the target; or, of a card without a good reply to each
line, only that the person stays nearer to one who listens by rule than to one who dismisses."""
Cause = Literal["unsound", "not_played", "not_reached", "reached_by_poorer", "order", "not_shown", "broken_line"]
CAUSES: dict[Cause, str] = {
    "unsound": "has a fault of `empa validate`",
    "not_played": "could not be played or judged",
    "not_reached": "a skilled agent does not reach the target",
    "reached_by_poorer": "an agent without skill comes near the target",
    "order": "a better agent does not do better",
    "not_shown": "what the person likes or minds does not show in what is said",
    "broken_line": "a line was said against its own conditions",
}


class Refusal(Record):
    """Why a scenario is refused."""

    cause: Cause
    detail: str


class Standing(Record):
    """How one agent did in one scenario, over its plays."""

    agent: Agent
    plays: int
    reached: int
    """Plays that reached the target."""
    progress: Unit
    """Mean share of the way that was kept at the end."""
    pace: float
    """Mean share of the way per judged turn; negative away from the target."""
    turns: float
    """Mean turns of a play."""
    fit: Unit | None = None
    """Mean over turns of how far the replies are those of one who speaks to this person, in words of their own."""


class CheckedScenario(Record):
    """A scenario and what was found of it."""

    id: str
    """``persona/goal``; of a card that cannot be read, the name of its file."""
    stands_on: str
    """SHA-256 of all that the finding depends on: the same is not played again."""
    claim: Claim | None = None
    """None where it was not played."""
    standings: tuple[Standing, ...] = ()
    difficulty: float | None = None
    """Turns that the skilled agent needs for the whole way at its pace; None where that cannot be said."""
    level: Level | None = None
    disagreement: float = 0.0
    """Standard deviation of the agents' mean progress, in [0, 0.5]."""
    refused: tuple[Refusal, ...] = ()
    never_felt: tuple[str, ...] = ()
    """Likes and dislikes of the card that no reply of any agent touched."""

    @property
    def kept(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.refused


class Checked(Record):
    """A check of a folder of cards."""

    schema_version: Literal[1] = 1
    seed: int
    rubric: str
    scenarios: tuple[CheckedScenario, ...]
    matters: dict[str, str] = Field(default_factory=dict)
    """What a scenario is about, by its id, as far as it is known."""
    coverage: CardCoverage | None = None
    """Of the scenarios that are kept; None where none is."""

    @property
    def kept(self) -> tuple[CheckedScenario, ...]:
        """The scenarios against which nothing speaks."""
        return tuple(one for one in self.scenarios if one.kept)

    @property
    def known(self) -> Known:
        """By scenario, what a coverage counts and no card says."""
        return known_of(self.scenarios, self.matters)


def known_of(scenarios: tuple[CheckedScenario, ...], matters: dict[str, str]) -> Known:
    """Return by scenario its level of difficulty and what it is about, as far as they are known."""
    found: dict[str, dict[Aspect, str]] = {name: {"matter": matter} for name, matter in matters.items()}
    for one in scenarios:
        if one.level is not None:
            found.setdefault(one.id, {})["difficulty"] = one.level
    return found
