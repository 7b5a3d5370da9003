"""The sections of a dossier behind the figures: purpose, coverage, method, references, validity, provenance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from empa_graph.report.audit.blocks import (
    Block,
    Heading,
    Line,
    Paragraph,
    Section,
    Span,
    bullets,
    grid,
    line,
    paragraphs as plain,
)
from empa_graph.report.audit.records import Dossier, Grounded
from empa_graph.report.text import many


def purpose(dossier: Dossier) -> Section:
    """Return what the test is for and how the dossier is read."""
    glossary = line("Words of ours that a reader may not know stand in the ", Span("glossary", "glossary"), ".")
    blocks = (
        *plain(dossier.texts["purpose"]),
        Heading("reading", "How to read this"),
        *plain(dossier.texts["reading"]),
    )
    return Section("purpose", "Purpose", (*blocks, Paragraph(glossary)))


def coverage(dossier: Dossier) -> Section:
    """Return with whom the system was tried, and with whom it was not."""
    found = dossier.coverage
    known = sum(len(cell.conversations) for cell in found.cells if cell.aspect == "context")
    played = line(
        Span(f"{found.scenarios}", "table-coverage"),
        " scenarios with a known card were played; the bundled suite has ",
        Span(str(found.suite), "sheet"),
        ". Of ",
        Span(str(len(dossier.figures.episodes)), "conversations"),
        " conversations the person is known in ",
        Span(str(known), "table-coverage"),
        ".",
    )

    def rows() -> Iterator[tuple[str | Span, ...]]:
        for cell in found.cells:
            first = cell.conversations[0] if cell.conversations else "conversations"
            yield (
                f"{cell.aspect}: {cell.value}",
                Span(str(cell.scenarios), first),
                Span(str(len(cell.conversations)), first),
                Span(str(cell.suite), "sheet"),
            )

    head = ("who and what", "scenarios played", "conversations", "scenarios in the suite")
    blocks: list[Block] = [Heading("gaps", "Not tried"), bullets(found.gaps)]
    if found.cells:
        blocks += [Heading("tried", "Tried"), Paragraph(played)]
        blocks.append(grid("coverage", "A number leads to the first of its conversations.", head, rows()))
    return Section("coverage", "Coverage and its gaps", tuple(blocks))


def method(dossier: Dossier) -> Section:
    """Return how the test works and what it cannot show."""
    texts = dossier.texts
    return Section(
        "method", "Method and limits", (*plain(texts["method"]), Heading("limits", "Limits"), bullets(texts["limits"]))
    )


def grounding(dossier: Dossier) -> Section:
    """Return what is judged and where each item comes from."""
    found = dossier.grounding
    blocks: list[Block] = [Paragraph(line(f"Rubric: {found.title} ({found.rubric}). {found.source}"))]
    if not found.same:
        blocks.append(Paragraph(line("Its items cannot be listed here."), warning=True))
    kinds = {"dimension": "Dimensions of the person's state", "behaviour": "What a reply can do"}
    for kind, caption in kinds.items():
        items = [item for item in found.items if item.kind == kind]
        if items:
            head = ("item", "what it means", "where it comes from", "this project's own")
            blocks.append(grid(f"{kind}s", caption + ".", head, map(_grounded, items)))
    return Section("grounding", "What is judged, with references", tuple(blocks))


def _grounded(item: Grounded) -> tuple[str, ...]:
    if item.reference is None:
        return item.title, item.what, "no reference is stated", "all of it"
    return item.title, item.what, f"{item.reference.title}. {' '.join(item.reference.sources)}", item.reference.own


def validity(dossier: Dossier) -> Section:
    """Return how far the judge can be trusted."""
    found = dossier.validity
    blocks: list[Block] = [
        Heading("judge-check", "Check of the judge of this run"),
        bullets(_checks(dossier)),
        Heading("humans", "Agreement with people, and attacks"),
        Paragraph(
            line("These figures are of the offline evaluator, from this project's own studies. " + found.summary)
        ),
    ]
    if not dossier.grounding.measured:
        told = f"They were measured with the rubric of fingerprint {found.digest}, which is not that of this run."
        blocks.append(Paragraph(line(told), warning=True))
    for n, part in enumerate(found.parts, start=1):
        blocks += [Heading(f"validity-{n}", part.heading), *plain(part.texts)]
        for m, table in enumerate(part.tables, start=1):
            head = (name or "what" for name in table.head)
            blocks.append(grid(f"validity-{n}-{m}", f"{part.heading}.", head, table.rows))
    blocks += [Heading("codings", "Agreement of two codings"), _codings(dossier)]
    blocks += [Heading("conclusions", "What may not be concluded"), bullets(found.conclusions)]
    return Section("validity", "Validity of the judge", tuple(blocks))


def _checks(dossier: Dossier) -> Iterator[str]:
    """Say whether the judges of this run were checked, and how far those of a panel agree."""
    run = dossier.figures.runs[0]
    yield from (f"Judge {judge}: {standing}." for judge, standing in run.judge_checks.items())
    if not run.judge_checks:
        yield "No language model judged this run, so there is no check of one."
    yield from (f"{told[:1].upper()}{told[1:]}." for told in run.calibration)
    if (found := run.agreement) is not None:
        alpha = found.unknown or ("not defined" if found.alpha is None else f"{found.alpha:.2f}")
        yield (
            f"Panel of {many(len(found.judges), 'judge')} over {many(found.turns, 'turn')}: "
            f"Krippendorff's alpha {alpha}; votes differ on {found.split:.0%} of the items."
        )


def _codings(dossier: Dossier) -> Block:
    rows = (
        (
            one.behaviour.replace("_", " "),
            str(one.replies),
            str(one.shown),
            "-" if one.kappa is None else f"{one.kappa:.2f}",
        )
        for one in dossier.coding
    )
    caption = (
        "Replies of the coded corpus that were coded twice. Both coders are language models of one kind: an upper "
        "bound for people."
    )
    return grid("codings", caption, ("behaviour", "replies", "of them shown", "kappa"), rows)


def provenance(dossier: Dossier) -> Section:
    """Return where the figures come from and whether the stored rows are as they were written."""
    found = dossier.provenance
    blocks: list[Block] = []
    if found.chain is not None:
        chain = found.chain
        state = (
            "sealed"
            if chain.sealed
            else "not sealed: an end that was dropped cannot be seen without the head that the run printed"
        )
        checked = (
            ("links", str(chain.links)),
            ("faults", str(len(chain.faults))),
            ("state", state),
            ("head", chain.head),
        )
        blocks.append(
            grid("chain", "The check of the stored rows, as empa verify prints it.", ("what", "found"), checked)
        )
        blocks += [Paragraph(line(fault), warning=True) for fault in chain.faults]
    if found.file_digest is not None:
        text = "These conversations come from a file, which has no chain of rows. Its fingerprint (SHA-256): "
        blocks.append(Paragraph(line(text + found.file_digest)))
    wrong = found.contradictions
    text = "Stored figures that differ from those computed again from the levels of the same conversation: "
    blocks.append(Paragraph(line(f"{text}{len(wrong)}."), warning=bool(wrong)))
    blocks += [bullets(wrong)] if wrong else []
    for name, caption, rows in (
        ("facts", "The run.", found.facts),
        ("hashes", "Fingerprints (SHA-256) of cards, rubric, prompts, weights and code.", found.hashes),
    ):
        blocks += [grid(name, caption, ("what", "value"), rows)] if rows else []
    blocks.append(Paragraph(line(f"Made with {dossier.made_with}.")))
    return Section("provenance", "Provenance", tuple(blocks))


def sheet(dossier: Dossier) -> Section:
    """Return the data sheet of the suite."""
    rows = [(question, answer) for question, answer in dossier.sheet]
    return Section(
        "sheet", "Data sheet of the suite", (grid("sheet", "Questions and answers.", ("question", "answer"), rows),)
    )


def frameworks(dossier: Dossier, titles: Sequence[tuple[str, str]]) -> Section:
    """Return the questions of frameworks, with links to the sections that have something to say; ``titles`` by id."""
    named = dict(titles)
    blocks: list[Block] = [
        Paragraph(
            line(
                "Where a reviewer finds what belongs to a question. The questions are in our words, and no compliance "
                "is claimed."
            )
        )
    ]
    for found in dossier.frameworks:
        rows = []
        for asked in found.questions:
            links: Line = tuple(span for name in asked.sections for span in (Span(named[name], name), Span("; ")))[
                :-1
            ] or (Span("-"),)
            rows.append((asked.where, asked.asks, asked.here, links, asked.open))
        head = ("where", "question", "what this dossier has", "section", "what it leaves open")
        blocks += [Heading(found.id, found.title), grid(found.id, found.note, head, rows)]
    return Section("frameworks", "Questions of frameworks", tuple(blocks))


def glossary(dossier: Dossier) -> Section:
    """Return the words of ours, by alphabet."""
    rows = [(term.term, term.means) for term in dossier.glossary]
    return Section(
        "glossary", "Glossary", (grid("glossary", "Our words in plain sentences.", ("word", "meaning"), rows),)
    )
