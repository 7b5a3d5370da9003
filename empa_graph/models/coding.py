"""What was coded of one reply: each behaviour that it shows, how strongly, and the words that show it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from empa_graph.models.behaviour import STRONGEST, Sign
from empa_graph.models.record import Record


class Code(Record):
    """A behaviour with its strength on the codebook's scale of 0 to 4, continuous, and a verbatim span of the reply.

    The span is empty only where a behaviour lies in what was not said, as when danger is passed over.
    """

    behaviour: Sign
    strength: Annotated[float, Field(ge=0.0, le=STRONGEST)]
    evidence: str = ""
    sure: bool = True
    """Whether the coder is often enough right at this strength to call it harm: else it stays below a let-down."""


def strength_of(codes: Iterable[Code], behaviour: Sign) -> float:
    """Return how strongly ``behaviour`` was coded, 0.0 where it was not."""
    return max((code.strength for code in codes if code.behaviour == behaviour), default=0.0)
