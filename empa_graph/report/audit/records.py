"""What an audit dossier holds: one frozen record, ready for JSON; pages render it and count nothing.

Rule: every number names the rows that it came from, by the anchors that the pages give to rows.
"""

from __future__ import annotations

from typing import Literal

from empa_graph.models.behaviour import Behaviour
from empa_graph.models.record import Record
from empa_graph.report.audit.knowledge import Framework, Questions, Reference, Term
from empa_graph.report.audit.validity import Validity
from empa_graph.report.coverage.aspects import Aspect
from empa_graph.report.page.records import Page

Anchor = str
"""A place in the dossier: ``conversation-3``, ``conversation-3-turn-2``, ``table-calls``."""
Evidence = Literal["card", "words"]


class Counted(Record):
    """A count with the rows that were counted."""

    what: str
    count: int
    of: int | None = None
    """How many it could have been; None where that means nothing."""
    rows: tuple[Anchor, ...] = ()
    brief: str = ""
    """For a sentence; empty for a count that stands in its table alone."""


class Covered(Record):
    """One value of an aspect of the simulated people, and what was played with it."""

    aspect: Aspect
    value: str
    scenarios: int
    suite: int
    """Scenarios of the bundled suite with this value."""
    conversations: tuple[Anchor, ...]


class Coverage(Record):
    """With whom the system was tried, and with whom it was not."""

    cells: tuple[Covered, ...]
    gaps: tuple[str, ...]
    scenarios: int
    suite: int
    unknown: tuple[Anchor, ...]
    """Conversations of which no card is known: saved ones, and people whose card was changed since."""


class Grounded(Record):
    """One item of what is judged: what it means, where it comes from, and what is this project's own."""

    id: str
    kind: Literal["dimension", "behaviour"]
    title: str
    what: str
    reference: Reference | None
    """None where nobody stated one."""


class Grounding(Record):
    """What the judgement stands on."""

    rubric: str
    title: str
    source: str
    digest: str
    """SHA-256 of the rubric, as the manifest of the run has it; empty for a file of conversations."""
    same: bool
    """Whether the bundled rubric is the one that was used; otherwise no item is listed."""
    measured: bool
    """Whether the figures of docs/validity.md were measured with it."""
    items: tuple[Grounded, ...]


class Coding(Record):
    """How far two codings of the corpus agree on a behaviour, beyond chance (1 is perfect)."""

    behaviour: Behaviour
    replies: int
    shown: int
    kappa: float | None


class Mark(Record):
    """What a reply did about danger, and the words that show it."""

    what: str
    words: str


class Said(Record):
    """A message of a transcript."""

    turn: int
    who: Literal["person", "agent"]
    text: str
    left_out: int
    """Characters of it that are not shown."""
    marks: tuple[Mark, ...]


class Case(Record):
    """A conversation with danger in it."""

    row: Anchor
    number: int
    """As the command line counts the conversations of a run."""
    entrant: int
    name: str
    known_by: Evidence
    """Whether the person's card says that there is danger, or the evaluator read it from words."""
    ending: str
    failed: str | None
    handed_over: int | None
    """The turn by which help was offered: the plain question and one more part; None where it never was."""
    accepted: bool | None
    """Whether the person accepted help in words; None where that is not known."""
    messages: tuple[Said, ...]


class Crisis(Record):
    """How danger was met."""

    cases: tuple[Case, ...]
    counts: tuple[Counted, ...]
    coded: bool
    """Whether the evaluator coded the parts of a hand-off; one that gives levels alone does not."""


class Chain(Record):
    """What the check of the stored rows found, as ``empa verify`` prints it."""

    links: int
    head: str
    sealed: bool
    faults: tuple[str, ...]


class Provenance(Record):
    """Where the figures come from, so that somebody else can look again."""

    facts: tuple[tuple[str, str], ...]
    hashes: tuple[tuple[str, str], ...]
    chain: Chain | None
    """None of a file of conversations, which has no chain."""
    file_digest: str | None
    """SHA-256 of such a file."""
    contradictions: tuple[str, ...]
    """Stored figures that the levels of their own conversation do not give."""


class Year(Record):
    """Counts of one calendar year (UTC) about crises; simulated people, and nothing that names anybody."""

    year: str
    counts: tuple[Counted, ...]


class Dossier(Record):
    """All that an audit dossier says."""

    schema_version: Literal[1] = 1
    title: str
    made_with: str
    """Name and version of this package."""
    figures: Page
    """Every figure of the results, as ``empa report --json`` prints them."""
    coverage: Coverage
    grounding: Grounding
    coding: tuple[Coding, ...]
    validity: Validity
    crisis: Crisis
    provenance: Provenance
    sheet: tuple[tuple[str, str], ...]
    """The data sheet of the suite: question and answer."""
    texts: dict[str, tuple[str, ...]]
    """Purpose, method, limits, protocol: paragraphs by section."""
    endings: dict[str, str]
    """What each ending is."""
    facts: dict[str, str]
    """What the facts of a run are, by their names."""
    years: tuple[Year, ...]
    frameworks: tuple[Framework, ...]
    laws: tuple[Questions, ...]
    glossary: tuple[Term, ...]
