"""What a report shows: one frozen record of every figure, ready for JSON; its text is fit to be shown.

Rule: what the command line prints of a run stands here as the same numbers, from the same functions.
"""

from __future__ import annotations

from typing import Literal

from empa_graph.models.behaviour import Behaviour
from empa_graph.models.failure import Blame
from empa_graph.models.record import Record
from empa_graph.models.turn_record import Totals
from empa_graph.report.contrast import Contrast
from empa_graph.report.headline import Headline
from empa_graph.report.judge_agreement import PanelAgreement
from empa_graph.report.summary import Metric, VariantSummary

Facet = Literal["persona", "context", "need", "threshold"]


class Entrant(Record):
    """Who was tested: an agent under one variant of one run."""

    id: int
    label: str
    """Short, and no other entrant's."""
    run: str
    """The name of the run."""
    agent: str
    variant: str
    summary: VariantSummary
    void: bool
    """Whether the run is scripted, so that its composite and support are void."""
    reached: int
    """Episodes that ended at the target."""
    recorded: int
    """Conversations that were recorded: no rule ended them."""
    supported: int
    """Episodes with a figure of support."""
    capped: dict[str, int]
    """Conversations beyond a guard, by guard."""
    axes: dict[Behaviour, Metric]
    """The mean code of each axis of support, 0 to 4."""


class RunFacts(Record):
    """A run, or a file of judged conversations, with what has to be known before its figures are read."""

    name: str
    """That of its folder or file, with the folders around it where another has the same; in a database its id."""
    id: str | None
    """None of a file."""
    kind: Literal["run", "conversations"]
    created: str | None
    """UTC, ISO 8601; None of a file."""
    facts: tuple[tuple[str, str], ...]
    """What it was played and judged with, by name."""
    judge_checks: dict[str, str]
    calibration: tuple[str, ...] = ()
    """What the run's calibration corrects and how its anchors were judged again, a line each."""
    script: str
    """How much of what the agent said comes back with other people, in a phrase."""
    scripted: bool
    suspended: str = ""
    """That it was left before its end and how to go on, in a line; empty where it was not."""
    lines: tuple[str, ...]
    """What its figures stand on and what went wrong, as the command line says it."""
    agreement: PanelAgreement | None
    totals: Totals | None
    """None where no calls were kept."""


class Spot(Record):
    """Where a path stands after a judged turn, in parts of the way from start to target."""

    turn: int
    along: float
    """0 at the start, 1 at the height of the target."""
    off: float
    """How far beside the straight way."""


class EpisodeRow(Record):
    """One episode: where it belongs, its numbers by metric, and its way."""

    id: int
    entrant: int
    number: int
    """As the command line counts the episodes of a run, from 1."""
    name: str
    """The scenario, or the id of a saved conversation."""
    repeat: int
    facets: dict[Facet, str]
    ending: str
    reached: bool
    turns: int
    values: dict[str, float]
    """As a gate reads them; composite and support are absent where they are void."""
    provisional: tuple[str, ...]
    """The metrics whose value stands on too few replies; no mean counts it."""
    failed: str | None
    blame: Blame | None
    way: tuple[Spot, ...]
    path: tuple[tuple[float, ...], ...]
    """Start and positions after each judged turn, in the dimensions of the page."""
    target: tuple[float, ...]

    def counted(self, metric: str) -> float | None:
        """Return the value that a mean of ``metric`` counts; None where there is none, or it is provisional."""
        return None if metric in self.provisional else self.values.get(metric)


class Stage(Record):
    """How far an entrant's episodes had come at a turn; one that has ended stays where it ended."""

    entrant: int
    turn: int
    mean: float
    """In parts of the way to the target."""
    low: float
    high: float
    """Between these lies the middle half of the episodes."""
    talking: int
    """Episodes that were still going on."""


class Group(Record):
    """A mean over the episodes of an entrant that share a value of a facet."""

    facet: Facet
    value: str
    entrant: int
    metric: str
    episodes: int
    mean: Metric


class Difference(Record):
    """How an entrant differs from the first in a metric, over what both have a score for."""

    entrant: int
    baseline: int
    metric: str
    by_scenario: dict[str, float]
    contrast: Contrast


class Cost(Record):
    """What one role of an entrant asked of one model; seconds are those of answered calls that were sent."""

    entrant: int | None
    """None for calls of no variant."""
    role: str
    model: str
    calls: int
    failed: int
    replayed: int
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    cost: float
    unpriced: int
    """Answered calls whose cost is unknown: while there are any, ``cost`` is a lower bound."""
    seconds: dict[str, float]
    """``median``, ``p95`` and ``total``; empty without an answer."""


class Fault(Record):
    """What went wrong, how often, by whose fault."""

    entrant: int
    kind: str
    blame: Blame | Literal["unknown"]
    count: int
    ends: bool
    """Whether it left episodes without a score; otherwise it is a count of turns."""
    detail: str
    episode: int | None
    """The first in which it happened."""


class Moment(Record):
    """A turn that moved the person most, forward or back."""

    episode: int
    turn: int
    change: float
    """In parts of the way to the target."""
    before: str
    reply: str
    reasons: tuple[str, ...]
    after: str


class Page(Record):
    """All figures of a report."""

    title: str
    verdict: str
    notes: tuple[str, ...]
    """What has to be read beside the verdict."""
    runs: tuple[RunFacts, ...]
    entrants: tuple[Entrant, ...]
    episodes: tuple[EpisodeRow, ...]
    dimensions: tuple[str, ...]
    """Of the latent space, where all episodes share one; empty otherwise."""
    metrics: tuple[str, ...]
    """The metrics that pictures can be drawn of."""
    stages: tuple[Stage, ...]
    groups: tuple[Group, ...]
    differences: tuple[Difference, ...]
    headlines: tuple[Headline, ...]
    """Each entrant beside the first in shares of its means, as the paper has it; none where runs are not compared."""
    costs: tuple[Cost, ...]
    faults: tuple[Fault, ...]
    moments: tuple[Moment, ...]
