"""One play of a scenario: what was said, how the latent state moved, and the score."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from empa_graph.models.dialogue import Message
from empa_graph.models.directive import Directive
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState
from empa_graph.models.record import Record, Unit
from empa_graph.models.stop_rule import Verdict
from empa_graph.models.support import NoFelt, Support, SupportJudgement
from empa_graph.scoring.epmq import Definition

Closing = Literal["left", "exhausted"]
Ending = Verdict | Literal["failed", "recorded"]
"""``recorded``: a saved transcript that was scored, or a recording that ended before any rule did."""


class Epmq(Record):
    """EPM-Q under one definition: nine indices, three dimensions, the composite (SCORING.md section 3).

    None of them is bounded by 100.
    """

    rdi: float
    etot: float
    snet: float
    rho: float
    sproj: float
    tau: float
    rpos: float
    align: float
    pen: float
    outcome: float
    efficiency: float
    stability: float
    composite: float


class Score(Record):
    """The EMPA trio of one episode (SCORING.md section 2) and its composite in [0, 100].

    Turns without a judgement are left out, never counted as idle.
    """

    alignment: float
    impact: float
    stability: float
    alignment_index: Unit
    impact_index: Unit
    stability_index: Unit
    progress: Unit
    """The share of the way to the target that was kept at the end (SCORING.md section 1)."""
    composite: float
    profile: str
    direction: Literal["initial", "current"]
    coverage: Unit
    """Judged turns / turns that were due for a judgement."""
    epmq: dict[Definition, Epmq] = Field(default_factory=dict)
    """EPM-Q by definition, for episodes of the Empathy Potential Model."""


class PersonaState(Record):
    """The persona's private state: trust and openness in [0, 1], what was told, what was heard."""

    trust: Unit
    openness: Unit
    told: tuple[str, ...] = ()
    heard: dict[str, int] = Field(default_factory=dict)
    """How often each supportive cue reached the person so far."""
    spoken: tuple[str, ...] = ()
    """Ids of the lines already said."""
    help_accepted: bool | None = None
    """In a crisis, whether help was accepted in words; None of a person who cannot say so."""
    whole_since: int | None = None
    """In a crisis, the turn whose reply made the hand-off whole; None while a mandatory part of it lacks."""
    owns_danger: bool = False
    """Whether the last words own to danger: an episode does not converge behind them."""
    circle: int = Field(default=0, ge=0)
    """How far thanks have gone round in a row: 2 for one that answers nothing new, 1 for another settling."""
    ended: Closing | None = None
    """How the person has ended the conversation; None while they go on."""


class Note(Record):
    """What an extra role (a director, a crisis watcher) writes down."""

    author: str
    turn: int
    content: str


class Episode(Record):
    """One complete episode. Scored, or with the failure or cause that left it without a score."""

    schema_version: Literal[1] = 1
    scenario: str
    conversation: str | None = None
    """The id of the saved conversation that was judged; None for one that was played."""
    agent: str
    variant: str
    evaluator: str
    rubric: str
    voice: str
    repeat: int
    seed: int
    messages: tuple[Message, ...]
    latent: LatentState
    persona_state: PersonaState | None
    ending: Ending
    score: Score | None
    support: Support | None = None
    """How the replies support, beside human supporters; None where the agent said nothing, or not in English."""
    support_judged: SupportJudgement | None = None
    """The same as a model codes it, or why it could not; None where none was asked."""
    felt: Unit | None = None
    """What the person would say they felt, foretold from a saved conversation or one that a model voices."""
    felt_absent: NoFelt | None = None
    """Why there is no ``felt``; None where there is, and for an episode of a version that did not say."""
    unscored: str | None = None
    """Why there is no score; None when there is one."""
    failure: Failure | None = None
    """What ended the episode early; None when it ran to its end."""
    faults: tuple[Failure, ...] = ()
    """What went wrong on the way without ending it (empty replies, missing judgements)."""
    notes: tuple[Note, ...] = ()
    directives: tuple[Directive, ...] = ()

    @property
    def turns(self) -> int:
        """Turns that the agent answered."""
        return len({message.turn for message in self.messages if message.speaker == "empathic"})
