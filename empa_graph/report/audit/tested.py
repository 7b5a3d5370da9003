"""The sections of a dossier about who was tested: system, simulator, guards, every conversation."""

from __future__ import annotations

from collections.abc import Iterator

from empa_graph.cues.guards import LEAST, MOST
from empa_graph.models.script_finding import SCRIPTED_ABOVE
from empa_graph.models.support import FEW
from empa_graph.report.audit.blocks import (
    Block,
    Grid,
    Heading,
    Line,
    Paragraph,
    Row,
    Section,
    Span,
    bullets,
    conversation,
    grid,
    line,
    paragraphs as plain,
)
from empa_graph.report.audit.records import Dossier
from empa_graph.report.html import legend, value_of
from empa_graph.report.page.records import Cost, Entrant, EpisodeRow, Page
from empa_graph.report.page.verdict import GUARDED
from empa_graph.report.pictures.causes import FAULTY

SHOWN = ("composite", "progress", "support")
"""The figures of every conversation that its row shows."""
_VOICED = (
    "A language model worded the simulated person. A wording that broke the card was refused; then the model was asked "
    "again, or the line of the card was said as it stands."
)
_UNVOICED = (
    "No language model worded the simulated person: they spoke the lines of their cards, or the conversation was "
    "recorded. No message of theirs could fail."
)


def system(dossier: Dossier) -> Section:
    """Return what was tested and judged with what, and which models were asked."""
    page = dossier.figures
    facts = [(name, value, dossier.facts.get(name, "-")) for name, value in page.runs[0].facts]
    blocks: list[Block] = [grid("system", "What was played and judged with.", ("what", "which", "what that is"), facts)]
    if page.costs:
        head = ("model", "who was tested", "its part", "calls", "failed", "US dollars")
        caption = "Models that were asked. A + behind a price: more, by an unknown amount."
        blocks.append(grid("calls", caption, head, (_cost(found, page) for found in page.costs)))
    else:
        blocks.append(Paragraph(line("No call to a language model was kept with these conversations.")))
    blocks += [Heading("unknown", "What this test does not know of the system"), bullets(dossier.texts["unknown"])]
    return Section("system", "System under test", tuple(blocks))


def _cost(found: Cost, page: Page) -> tuple[str | Span, ...]:
    entrant = None if found.entrant is None else page.entrants[found.entrant]
    place = "conversations" if entrant is None else table_of(entrant)
    price = f"{found.cost:.4f}{'+' if found.unpriced else ''}"
    numbers = (Span(text, place) for text in (str(found.calls), str(found.failed), price))
    return (found.model, entrant.label if entrant else "all", found.role, *numbers)


def simulator(dossier: Dossier) -> Section:
    """Return how far the simulated person was what failed."""
    entrants = dossier.figures.entrants
    voiced = [entrant for entrant in entrants if entrant.summary.simulator.messages + entrant.summary.simulator.broken]
    unmeasured = "How like real people the simulated ones write was not measured in this run."
    blocks: list[Block] = [Paragraph(line(text)) for text in (_VOICED if voiced else _UNVOICED, unmeasured)]
    if voiced:
        head = (
            "who",
            "messages a model worded",
            "failed",
            "said as on the card",
            "not checked",
            "conversations it ended",
        )
        blocks.append(grid("simulator", "Messages in which the simulator failed.", head, map(_simulated, voiced)))
    return Section("simulator", "The simulated person's share of what failed", tuple(blocks))


def _simulated(entrant: Entrant) -> tuple[str | Span, ...]:
    found, place = entrant.summary.simulator, table_of(entrant)
    shares = (f"{found.failure_share:.1%}", f"{found.fallback_share:.1%}")
    cells = (str(found.messages), *shares, str(found.unchecked), str(found.broken))
    return (entrant.label, *(Span(text, place) for text in cells))


def guards(dossier: Dossier) -> Section:
    """Return what the checks against scripts found."""
    page = dossier.figures
    limits = {
        "repeated": f"more than {MOST['repeated']:.0%} of what it says in threes of words it said before",
        "copied": f"more than {MOST['copied']:.0%} of it the person had said",
        "framed": f"more than {MOST['framed']:g} by how they put the person's words into sentences with gaps",
        "specific": f"fewer than {LEAST['specific']:.0%} of the replies take up a word of this person's own",
    }

    def rows() -> Iterator[tuple[str | Span, ...]]:
        for entrant in page.entrants:
            for guard, limit in limits.items():
                count = Span(f"{entrant.capped.get(guard, 0)} of {entrant.supported}", table_of(entrant))
                yield f"{entrant.label}: conversations that {GUARDED[guard]}", count, limit
            short = Span(f"{entrant.summary.provisional} of {entrant.summary.supported}", table_of(entrant))
            yield (
                f"{entrant.label}: too short to tell",
                short,
                f"provisional: {FEW}, too few to tell whether they suit anybody; in no mean of support",
            )

    script = Paragraph(
        line(
            "Script over the whole run: ",
            Span(page.runs[0].script, "conversations"),
            f". Above {SCRIPTED_ABOVE:.0%} composite and support are void.",
        ),
        warning=page.runs[0].scripted,
    )
    table = grid("guards", "Conversations beyond a guard.", ("guard", "conversations", "limit"), rows())
    return Section("guards", "Guards against empty replies", (*plain(dossier.texts["guards"]), script, table))


def conversations(dossier: Dossier) -> Section:
    """Return every conversation as a row, a table for each who was tested."""
    page = dossier.figures
    in_danger = {case.row for case in dossier.crisis.cases}
    tables = (_table(entrant, page, in_danger) for entrant in page.entrants)
    text = (
        "The command empa show RUN NUMBER shows the whole conversation of that number. One with danger in it "
        "leads to its transcript."
    )
    return Section("conversations", "Appendix A: all conversations", (Paragraph(line(text)), *tables))


def _table(entrant: Entrant, page: Page, in_danger: set[str]) -> Grid:
    rows = tuple(
        Row(conversation(row.id), tuple(_cells(row, conversation(row.id) in in_danger)))
        for row in page.episodes
        if row.entrant == entrant.id
    )
    head = ("scenario", "number", "repeat", "ending", "turns", *SHOWN, "no score because of")
    caption = " ".join(filter(None, (f"Conversations of {entrant.label}.", legend(page))))
    return Grid(table_of(entrant), caption, head, rows)


def _cells(row: EpisodeRow, in_danger: bool) -> Iterator[Line]:
    yield line(Span(row.name, f"{conversation(row.id)}-transcript") if in_danger else row.name)
    yield line(str(row.number))
    yield line(str(row.repeat))
    yield line(row.ending.replace("_", " "))
    yield line(str(row.turns))
    for name in SHOWN:
        yield line(value_of(row, name))
    yield line("-" if row.failed is None else f"{row.failed.replace('_', ' ')} ({FAULTY[row.blame or 'unknown']})")


def table_of(entrant: Entrant) -> str:
    """Return the place of the table with an entrant's conversations."""
    return f"table-conversations-{entrant.id + 1}"
