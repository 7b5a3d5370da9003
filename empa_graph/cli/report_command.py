"""``empa report`` and ``empa plot``: runs and judged conversations as a page, and as single pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import typer

from empa_graph.cli.display import console, literal
from empa_graph.cli.plain import one_line
from empa_graph.content.played import played_scenarios
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.report.export import fresh
from empa_graph.report.html import report_html
from empa_graph.report.page.build import Built, page
from empa_graph.report.page.source import Source, judged, stored
from empa_graph.report.pictures.choice import Choice, chosen_spec
from empa_graph.report.pictures.drawing import FORMATS, KINDS, drawn
from empa_graph.report.text import many
from empa_graph.run.place import RunPlace, is_url, shown
from empa_graph.run.recount import Recount

REPORT = "report.html"
ENDINGS = (".html", ".htm")


def write_report(
    runs: Sequence[str],
    out: Path | None,
    *,
    title: str = "",
    personas: Path | None = None,
    store: str | None = None,
    force: bool = False,
    as_json: bool = False,
) -> None:
    """Write the report over ``runs`` to ``out``, or print its figures. Raises UsageError, ContentError.

    Without ``out`` that of a single run folder goes into it, and any other to the working folder.
    """
    if out is not None and out.suffix.lower() not in ENDINGS and not as_json:
        pdf = "; for a PDF print the page from a browser" if out.suffix.lower() == ".pdf" else ""
        raise UsageError(f"--out: '{out.name[:200]}' is no .html or .htm file{pdf}")
    built = built_of(runs, personas=personas, store=store, title=title)
    if as_json:
        typer.echo(built.page.model_dump_json(indent=2))
        return
    if out is None:
        out = Path(runs[0], REPORT) if len(runs) == 1 and Path(runs[0]).is_dir() else Path(REPORT)
    with fresh(out, force=force) as file:
        file.write(report_html(built))
    for line in (built.page.verdict, *built.page.notes):
        console.print(literal(line))
    console.print(literal(f"{many(len(built.episodes), 'conversation')} in {out}"))


def draw(
    kind: str,
    runs: Sequence[str],
    out: Path,
    choice: Choice,
    *,
    dark: bool = False,
    personas: Path | None = None,
    store: str | None = None,
    force: bool = False,
) -> None:
    """Draw a picture of ``runs`` to ``out``. Raises UsageError, also where there is nothing to draw."""
    _refuse_unnamed(kind, runs)
    form = out.suffix.removeprefix(".").lower()
    if form not in FORMATS:
        raise UsageError(f"--out: '{out.name[:200]}' is no .svg or .png file")
    found = built_of(runs, personas=personas, store=store).page
    spec = chosen_spec(kind, found, choice, named="--{}")
    if spec is None:
        raise UsageError(f"{kind}: nothing to draw in {', '.join(map(shown, runs))[:200]}")
    with fresh(out, force=force) as file:
        file.write(drawn(spec, form, mode="dark" if dark else "light"))
    console.print(literal(f"{kind} in {out}"))


def _refuse_unnamed(kind: str, runs: Sequence[str]) -> None:
    """Raise UsageError unless a kind of picture and a run are named; say which kinds there are."""
    if kind in KINDS and runs:
        return
    if kind not in KINDS and not (is_url(kind) or Path(kind).exists()):
        raise NotFoundError("kind of picture", kind, KINDS)
    why = f"no run is named behind {kind}" if kind in KINDS else f"no kind of picture is named before {shown(kind)}"
    raise UsageError(f"{why}: empa plot KIND RUN, where KIND is {', '.join(KINDS)}")


def built_of(runs: Sequence[str], *, personas: Path | None = None, store: str | None = None, title: str = "") -> Built:
    """Return the figures of a report over ``runs``. Raises UsageError, ContentError."""
    sources = [source(run, store) for run in runs]
    known = played_scenarios([found.run for found in sources if found.run is not None], personas)
    return page(sources, known, title=one_line(title)[:200])


def source(run: str, store: str | None = None) -> Source:
    """Read a run folder, a store's URL, or a file of judged conversations. Raises UsageError, ContentError."""
    if not is_url(run) and Path(run).is_file():
        return judged(Path(run))
    with RunPlace(run, store).opened() as ledger:
        return stored(ledger, Recount(ledger).found, place=run)
