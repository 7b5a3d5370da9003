"""What a detector may know besides the reply: the conversation so far and this voice's preferences."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class CueContext:
    """The messages before a reply, oldest first; the last of ``person`` is the one replied to."""

    person: tuple[str, ...]
    replies: tuple[str, ...] = ()
    reply_words: tuple[int, int] = (15, 110)
    anti_phrases: tuple[str, ...] = ()
    services: frozenset[str] = frozenset()
    """Telephone numbers for an emergency that the card names; where there are any, no other country's count."""
    danger: bool | None = None
    """Whether somebody is in danger by the card; without a card nobody knows, and the person's words alone say so."""

    def before(self, later: int) -> CueContext:
        """Return what could be known before the last ``later`` of the person's messages, but for the replies."""
        return replace(self, person=self.person[: max(0, len(self.person) - later)]) if later else self

    def of_handoff(self) -> CueContext:
        """Return what the parts of a hand-off are told by: the person's words, the card's numbers and its danger."""
        return CueContext(person=self.person, services=self.services, danger=bool(self.danger))


class Signal(NamedTuple):
    """A strength in [0, 1] and the character span of the reply that shows it."""

    strength: float
    start: int
    end: int


ABSENT = Signal(0.0, 0, 0)


def saturating(count: float, share: float) -> float:
    """Return 1 - (1 - share)^count: the first hit gives ``share``, further ones less and less."""
    return float(1.0 - (1.0 - share) ** count)
