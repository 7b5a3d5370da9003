"""What an evaluator says of one turn: levels with the evidence that carries them."""

from __future__ import annotations

from pydantic import Field

from empa_graph.models.behaviour import Code
from empa_graph.models.dialogue import Usage
from empa_graph.models.failure import Failure
from empa_graph.models.record import Record, Unit


class Item(Record):
    """Progress and regress on one dimension, judged apart, each with a verbatim span of the reply.

    A level above 0 carries evidence; an empty string stands beside level 0 only, or where the reply itself
    is empty. Where behaviour was coded, the shares say how much of the whole step the reply makes, and the levels are
    rounded from them.
    """

    dimension: str
    progress: int = Field(ge=0, le=2)
    progress_evidence: str = ""
    regress: int = Field(ge=0, le=2)
    regress_evidence: str = ""
    progress_share: Unit | None = None
    regress_share: Unit | None = None
    regress_doubted: Unit = 0.0
    """The part of ``regress_share`` that the coder is not sure of: it moves the person, and the level leaves it out."""
    progress_serves: str = ""
    """The part of the persona card that the progress serves, where the rubric asks for it."""
    regress_serves: str = ""
    """The part of the persona card that the regress goes against, where the rubric asks for it."""


class Vote(Record):
    """What one judge of a panel said of a turn: its items, or why it has none."""

    judge: str
    items: tuple[Item, ...] = ()
    codes: tuple[Code, ...] = ()
    """What it says that the reply does, where behaviour was coded."""
    handoff: str = ""
    failure: Failure | None = None


class Assessment(Record):
    """The levels of one turn and where they came from."""

    evaluator: str
    items: tuple[Item, ...]
    codes: tuple[Code, ...] = ()
    """What the reply does, where behaviour was coded; ``items`` is the rubric's reading of it."""
    fit: Unit | None = None
    """How far the agent, over its last replies, speaks to this person; what does not fit earns nothing."""
    handoff: str = ""
    """In a crisis, the span of the reply that offers a safe hand-off; empty where none was offered."""
    model: str | None = None
    repaired: bool = False
    """Whether the judge needed its one corrective retry."""
    votes: tuple[Vote, ...] = ()
    """For a panel: what each judge said; ``codes``, or ``items`` where levels were given, are the medians."""
    usage: Usage | None = None
