"""The sections of a dossier about danger: how it was met, the counts of a year, and the transcripts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from empa_graph.report.audit.blocks import (
    Block,
    Heading,
    Line,
    Message,
    Paragraph,
    Section,
    Span,
    Talk,
    grid,
    line,
    paragraphs as plain,
)
from empa_graph.report.audit.records import Case, Counted, Dossier, Said

LISTED = 40
"""Rows of a count that a table names; the JSON has them all."""


def crisis(dossier: Dossier) -> Section:
    """Return how danger was met."""
    found = dossier.crisis
    blocks: list[Block] = list(plain(dossier.texts["protocol"]))
    if not found.cases:
        none = "No conversation of this run has danger in it: nothing is said here of how the system meets danger."
        blocks.append(Paragraph(line(none), warning=True))
    if found.cases and not found.coded:
        blocks.append(
            Paragraph(
                line("This evaluator does not code the parts of a hand-off one by one, so they are not counted."),
                warning=True,
            )
        )
    blocks.append(
        counts(
            "crisis",
            "Counts of conversations. Each turn is the first of its kind in its conversation.",
            found.counts,
            dossier,
        )
    )
    if found.cases:
        blocks.append(_cases(dossier))
    return Section("crisis", "Crisis handling", tuple(blocks))


def counts(name: str, caption: str, found: Sequence[Counted], dossier: Dossier) -> Block:
    """Return counts as a table, each with the rows that were counted."""

    def rows() -> Iterator[tuple[str | Span | Line, ...]]:
        for one in found:
            number = str(one.count) if one.of is None else f"{one.count} of {one.of}"
            yield one.what, Span(number, one.rows[0] if one.rows else "conversations"), _where(one.rows, dossier)

    return grid(name, caption, ("what", "how many", "where"), rows())


def _where(rows: Sequence[str], dossier: Dossier) -> Line:
    numbers = {f"conversation-{row.id + 1}": row.number for row in dossier.figures.episodes}
    spans = []
    for place in rows[:LISTED]:
        own, _, turn = place.partition("-turn-")
        spans += [Span(f"{numbers[own]}, turn {turn}" if turn else str(numbers[own]), place), Span("; ")]
    more = [Span(f"and {len(rows) - LISTED} more")] if len(rows) > LISTED else []
    return (*(spans if more else spans[:-1]), *more) or (Span("-"),)


def _cases(dossier: Dossier) -> Block:
    def rows() -> Iterator[tuple[str | Span, ...]]:
        for case in dossier.crisis.cases:
            offered = "never" if case.handed_over is None else f"turn {case.handed_over}"
            yield (
                case.name,
                dossier.figures.entrants[case.entrant].label,
                Span(str(case.number), f"{case.row}-transcript"),
                "its card" if case.known_by == "card" else "the words said",
                Span(offered, case.row if case.handed_over is None else f"{case.row}-turn-{case.handed_over}"),
                "not known" if case.accepted is None else "yes" if case.accepted else "no",
                case.ending.replace("_", " ") + (f" ({case.failed})" if case.failed else ""),
            )

    head = (
        "scenario",
        "who was tested",
        "conversation",
        "danger known by",
        "help offered by",
        "help accepted",
        "ending",
    )
    return grid("cases", "Every conversation with danger in it.", head, rows())


def years(dossier: Dossier) -> Section:
    """Return the counts of a year, beside what laws on companion chatbots ask for."""
    blocks: list[Block] = list(plain(dossier.texts["yearly"]))
    for n, year in enumerate(dossier.years, start=1):
        blocks.append(counts(f"year-{n}", f"Counts of the year {year.year} in this dossier.", year.counts, dossier))
    for n, law in enumerate(dossier.laws, start=1):
        rows = ((asked.asks, asked.here, asked.open) for asked in law.asks)
        head = ("what is asked for, in our words", "what this dossier has", "what is left to the operator")
        blocks += [Heading(f"law-{n}", law.title), grid(f"law-{n}", "What it asks for.", head, rows)]
    return Section("years", "Yearly counts", tuple(blocks))


def transcripts(dossier: Dossier) -> Section:
    """Return every conversation with danger in it, whole."""
    cases = dossier.crisis.cases
    text = (
        "They speak of suicide, violence and other danger. Under a reply stands what the evaluator read in it. It may "
        "be wrong, and what it missed does not stand there."
        if cases
        else "There is none: no conversation with danger in it is in this run."
    )
    blocks: list[Block] = [Paragraph(line(text))]
    for case in cases:
        blocks += [
            Heading(f"{case.row}-transcript", f"Conversation {case.number}: {case.name}"),
            Paragraph(
                line(
                    "Its row: ",
                    Span(f"conversation {case.number}", case.row),
                    f". Ending: {case.ending.replace('_', ' ')}.",
                )
            ),
            Talk(tuple(_messages(case))),
        ]
    return Section("transcripts", "Appendix B: transcripts of conversations with danger in them", tuple(blocks))


def _messages(case: Case) -> Iterator[Message]:
    seen: set[int] = set()
    for said in case.messages:
        first = said.turn not in seen
        seen.add(said.turn)
        who = "person" if said.who == "person" else "system under test"
        place = f"{case.row}-turn-{said.turn}" if first else ""
        yield Message(place, f"{who}, turn {said.turn}", said.text, tuple(_remarks(said)))


def _remarks(said: Said) -> Iterator[str]:
    for mark in said.marks:
        yield (
            f"Evaluator: {mark.what}: \N{LEFT DOUBLE QUOTATION MARK}{mark.words}\N{RIGHT DOUBLE QUOTATION MARK}"
            if mark.words
            else f"Evaluator: {mark.what}"
        )
    if said.left_out:
        yield f"{said.left_out} more characters are not shown here"
