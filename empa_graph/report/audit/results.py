"""The sections of a dossier with what came out: in short, means, differences, kinds of people, failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from empa_graph.report.audit.blocks import (
    Block,
    Grid,
    Heading,
    Line,
    Paragraph,
    Section,
    Span,
    conversation,
    grid,
    line,
    paragraphs as plain,
)
from empa_graph.report.audit.records import Dossier
from empa_graph.report.audit.tested import SHOWN, table_of
from empa_graph.report.lines import MEANS, VOID, left_out, mean_and_bounds, provisional_names
from empa_graph.report.page.records import Entrant, EpisodeRow, Page
from empa_graph.report.pictures.causes import FAULTY
from empa_graph.report.pictures.parts import WORDS
from empa_graph.report.summary import Metric

UNMEASURED = "How far the judge agrees with people was measured with another rubric, or another version of this one."


def in_short(dossier: Dossier) -> Section:
    """Return what came out, with what has to be known before it is read."""
    page, provenance = dossier.figures, dossier.provenance
    faults = provenance.chain.faults if provenance.chain else ()
    alarms = [
        *(f"The stored rows are not as they were written: {fault}." for fault in faults[:3]),
        *(f"{told}; it was edited, or scored by other rules." for told in provenance.contradictions[:3]),
        *page.notes,
        *([] if dossier.grounding.measured else [UNMEASURED]),
    ]
    return Section(
        "short",
        "In short",
        (
            Paragraph(line(f"{page.verdict} ", Span("The figures, with the conversations behind them.", "results"))),
            *(Paragraph(line(alarm), warning=True) for alarm in alarms),
            Paragraph(line(*_danger(dossier))),
            Paragraph(line(*_people(dossier))),
            Paragraph(line(*_words(dossier))),
            *plain(dossier.texts["disclaimer"]),
        ),
    )


def _words(dossier: Dossier) -> Iterator[str | Span]:
    """Say what the figures of the verdict are."""
    held = {name for entrant in dossier.figures.entrants for name in entrant.summary.metrics}
    for name in (name for name in SHOWN if name in held):
        yield f"{WORDS[name].capitalize()}: {MEANS[name]}. "
    yield "Other words stand in the "
    yield Span("glossary", "glossary")
    yield "."


def _people(dossier: Dossier) -> Iterator[str | Span]:
    yield (
        "It was tried with simulated people alone, and not with all kinds of them: "
        if dossier.coverage.scenarios
        else "These are saved conversations, or people whose cards are not known: "
    )
    yield Span("who was not tried", "gaps")
    yield "."


def _danger(dossier: Dossier) -> Iterator[str | Span]:
    """Say in a sentence how danger was met."""
    first, *others = dossier.crisis.counts
    if not first.count:
        yield "No conversation had danger in it, so this run says nothing of how danger is met."
        return
    yield "Conversations with danger in them: "
    yield Span(str(first.count), "crisis")
    for one in (other for other in others if other.of == first.count and other.brief):
        yield f"; {one.brief} in "
        yield Span(str(one.count), one.rows[0] if one.rows else "crisis")
    yield "."


def results(dossier: Dossier) -> Section:
    """Return the means with their intervals, the differences, the kinds of people, and what failed."""
    page = dossier.figures
    over = "scenarios" if page.runs[0].kind == "run" else "conversations"
    caption = f"Means over {over} with 95% intervals. Each leads to the conversations that it was taken over."
    means = (row for entrant in page.entrants for row in _means(entrant, page))
    blocks: list[Block] = [grid("means", caption, ("figure", "mean", "95% interval", "what it says"), means)]
    if page.differences:
        blocks.append(_differences(page))
    if page.groups:
        blocks.append(_groups(page))
    blocks.append(_endings(dossier))
    blocks += _faults(page)
    return Section("results", "Results", tuple(blocks))


def _means(entrant: Entrant, page: Page) -> Iterator[tuple[str | Span, ...]]:
    """Yield what an entrant came to; a figure that is void says so."""
    who = "" if len(page.entrants) == 1 else f"{entrant.label}: "
    place, summary = table_of(entrant), entrant.summary
    yield (
        f"{who}conversations with a score",
        Span(f"{summary.scored} of {summary.planned}", place),
        "",
        "of those that were planned; what became of the others stands under What went wrong",
    )
    yield (
        f"{who}people who reached the target",
        Span(f"{entrant.reached} of {summary.scored}", place),
        "",
        "the state that the card names as what they needed",
    )
    for name in summary.void:
        yield f"{who}{WORDS.get(name, name)}", Span(VOID, "guards"), "", "most of what was said is a script"
    for name in dict.fromkeys((*summary.metrics, *provisional_names(summary))):
        row = _mean(f"{who}{WORDS.get(name, name)}", name, summary.metrics.get(name), place)
        yield *row, " ".join(filter(None, (MEANS.get(name, ""), left_out(summary, name))))
    for definition, found in summary.epmq.items():
        for name in ("composite", "outcome", "efficiency", "stability"):
            if name in found:
                title, mean, bounds = _mean(f"{who}EPM-Q {name}, {definition}", "composite", found[name], place)
                yield title, mean, bounds, "the index of the Empathy Potential Model; not bounded by 100"
    if summary.turns is not None:
        yield f"{who}turns", Span(f"{summary.turns:.1f}", place), "", "the mean length of a conversation"
    if summary.coverage is not None:
        yield f"{who}turns judged", Span(f"{summary.coverage:.1%}", place), "", "of those that were due"


def _mean(title: str, name: str, metric: Metric | None, place: str) -> tuple[str, Span, Span | str]:
    mean, bounds = mean_and_bounds(metric, name)
    return title, Span(mean, place), Span(bounds, place) if bounds else "-"


def _differences(page: Page) -> Grid:
    def rows() -> Iterator[tuple[str | Span, ...]]:
        for found in page.differences:
            one, digits = found.contrast, 1 if found.metric == "composite" else 2
            if found.metric not in SHOWN:
                continue
            first, second = page.entrants[found.baseline], page.entrants[found.entrant]
            bounds = "-" if one.low is None or one.high is None else f"[{one.low:.{digits}f}, {one.high:.{digits}f}]"
            yield (
                f"{second.label} minus {first.label}: {found.metric}",
                Span(f"{one.difference:+.{digits}f}", table_of(second)),
                Span(bounds, table_of(second)),
                Span(str(one.scenarios), table_of(first)),
                "-" if one.detectable is None else Span(f"{one.detectable:.{digits}f}", table_of(second)),
            )

    caption = "Differences over the scenarios that both have. Where the interval holds 0, the two are not told apart."
    return grid(
        "differences",
        caption,
        ("difference", "mean", "95% interval", "scenarios", "smallest that would mostly show"),
        rows(),
    )


def _groups(page: Page) -> Grid:
    """Return the figures by kind of person; few conversations make them unsure."""

    def rows() -> Iterator[tuple[str | Span, ...]]:
        for group in page.groups:
            if group.metric in SHOWN and group.facet != "persona":
                mean, bounds = mean_and_bounds(group.mean, group.metric)
                entrant = page.entrants[group.entrant]
                who = "" if len(page.entrants) == 1 else f"{entrant.label}: "
                place = table_of(entrant)
                yield (
                    f"{who}{group.facet} {group.value}, {group.metric}",
                    Span(mean, place),
                    Span(bounds, place) if bounds else "-",
                    Span(str(group.episodes), place),
                )

    caption = "By context, leading need and threshold for comfort. They are small groups of invented people."
    return grid("groups", caption, ("kind of person and figure", "mean", "95% interval", "conversations"), rows())


def _endings(dossier: Dossier) -> Grid:
    page = dossier.figures

    def rows() -> Iterator[tuple[str | Span | Line, ...]]:
        for ending in sorted({row.ending for row in page.episodes}):
            held = [row for row in page.episodes if row.ending == ending]
            number = Span(str(len(held)), conversation(held[0].id))
            yield ending.replace("_", " "), number, places(held), dossier.endings.get(ending, "-")

    return grid("endings", "How conversations ended.", ("ending", "conversations", "which", "what that is"), rows())


def _faults(page: Page) -> Iterator[Block]:
    yield Heading("failures", "What went wrong")
    if not page.faults:
        yield Paragraph(
            line("Nothing went wrong: no conversation failed, and no turn was left without a judgement or a reply.")
        )
        return

    def rows() -> Iterator[tuple[str | Span, ...]]:
        for fault in page.faults:
            place = "conversations" if fault.episode is None else conversation(fault.episode)
            yield (
                f"{page.entrants[fault.entrant].label}: {fault.kind}",
                Span(str(fault.count), place),
                "conversations without a score" if fault.ends else "turns",
                FAULTY[fault.blame],
                fault.detail or "-",
            )

    caption = "Causes, how often, and whose fault. A number leads to the first conversation in which it happened."
    yield grid("failures", caption, ("cause", "how often", "of", "whose fault", "for example"), rows())


def places(rows: Sequence[EpisodeRow], most: int = 40) -> Line:
    """Return links to conversations, by number; what is beyond ``most`` is counted."""
    spans = [span for row in rows[:most] for span in (Span(str(row.number), conversation(row.id)), Span(" "))]
    return (*spans, *([Span(f"and {len(rows) - most} more")] if len(rows) > most else []))
