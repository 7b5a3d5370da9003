"""What an evaluator says of one turn: levels with the evidence that carries them."""

from __future__ import annotations

from pydantic import Field

from empa_graph.models.cue import Cue
from empa_graph.models.dialogue import Usage
from empa_graph.models.failure import Failure
from empa_graph.models.record import Record


class Item(Record):
    """Progress and regress on one dimension, judged apart, each with a verbatim span of the reply.

    A level above 0 carries evidence; an empty string stands beside level 0 only, or where the reply itself
    is empty.
    """

    dimension: str
    progress: int = Field(ge=0, le=2)
    progress_evidence: str = ""
    regress: int = Field(ge=0, le=2)
    regress_evidence: str = ""
    progress_serves: str = ""
    """The part of the persona card that the progress serves, where the rubric asks for it."""
    regress_serves: str = ""
    """The part of the persona card that the regress goes against, where the rubric asks for it."""


class Vote(Record):
    """What one judge of a panel said of a turn: its items, or why it has none."""

    judge: str
    items: tuple[Item, ...] = ()
    handoff: str = ""
    failure: Failure | None = None


class Assessment(Record):
    """The levels of one turn and where they came from."""

    evaluator: str
    items: tuple[Item, ...]
    cues: tuple[Cue, ...] = ()
    """The detected cues, for the offline evaluator."""
    handoff: str = ""
    """In a crisis, the span of the reply that offers a safe hand-off; empty where none was offered."""
    model: str | None = None
    repaired: bool = False
    """Whether the judge needed its one corrective retry."""
    votes: tuple[Vote, ...] = ()
    """For a panel: what each judge said; ``items`` are the medians."""
    usage: Usage | None = None
