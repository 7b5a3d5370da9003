"""``empa audit``: a run as a dossier for reviewers, in HTML, Markdown or JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import typer

from empa_graph.cli.display import console, literal
from empa_graph.cli.plain import one_line
from empa_graph.cli.report_command import source
from empa_graph.content.library import bundled_rubrics, load_rubric
from empa_graph.content.played import played_scenarios
from empa_graph.errors import UsageError
from empa_graph.models.rubric import Rubric, with_max_turns
from empa_graph.report.audit.blocks import shown
from empa_graph.report.audit.build import FAULTS_NAMED, Checked, dossier
from empa_graph.report.audit.document import document, dossier_html
from empa_graph.report.audit.markdown import dossier_markdown
from empa_graph.report.audit.records import Chain, Dossier
from empa_graph.report.export import fresh
from empa_graph.report.page.source import Source
from empa_graph.report.text import many
from empa_graph.run.place import RunPlace, is_url, shown as shown_run

FORMATS: dict[str, Callable[[Dossier], bytes]] = {
    "html": lambda found: dossier_html(found.title, document(found)),
    "md": lambda found: dossier_markdown(found.title, document(found)).encode("utf-8", "replace"),
    "json": lambda found: found.model_dump_json(indent=2).encode(),
}
"""How a dossier is written, by the ending of its file."""


def write_audit(
    run: str,
    out: Path,
    *,
    title: str = "",
    head: str | None = None,
    personas: Path | None = None,
    store: str | None = None,
    force: bool = False,
    as_json: bool = False,
) -> None:
    """Write the dossier of ``run`` to ``out``, or print it; exit code 1 where stored rows were changed.

    Raises UsageError, ContentError.
    """
    form = out.suffix.removeprefix(".").lower()
    if form not in FORMATS and not as_json:
        raise UsageError(f"--out: '{out.name[:200]}' is no .html, .md or .json file")
    found = dossier_of(run, title=title, head=head, personas=personas, store=store)
    if as_json:
        typer.echo(found.model_dump_json(indent=2))
    else:
        with fresh(out, force=force) as file:
            file.write(FORMATS[form](found))
        for text in (found.figures.verdict, *found.figures.notes):
            console.print(literal(text))
        console.print(
            literal(
                f"{many(len(found.figures.episodes), 'conversation')}, {len(found.crisis.cases)} with danger, in {out}"
            )
        )
    faults = found.provenance.chain.faults if found.provenance.chain else ()
    if faults:
        typer.echo(
            f"empa: {shown_run(run)}: the stored rows are not as they were written: {faults[0]} "
            "(empa verify shows all)",
            err=True,
        )
        raise typer.Exit(1)


def dossier_of(
    run: str, *, title: str = "", head: str | None = None, personas: Path | None = None, store: str | None = None
) -> Dossier:
    """Return the dossier of a run folder, a store's URL or a file. Raises UsageError, ContentError."""
    read = source(run, store)
    known = played_scenarios([read.run] if read.run else [], personas)
    return dossier(read, known, _rubric(read), _checked(run, head, store), title=one_line(title)[:200])


def _rubric(read: Source) -> Rubric | None:
    """Return the bundled rubric of the name that was judged by; a name is no path here."""
    name = next((episode.rubric for episode in read.episodes), "")
    if name not in bundled_rubrics():
        return None
    return with_max_turns(load_rubric(name), read.run.max_turns if read.run else None)


def _checked(run: str, head: str | None, store: str | None) -> Checked:
    if not is_url(run) and Path(run).is_file():
        if head is not None:
            raise UsageError("--head: a file of conversations has no chain of rows")
        with Path(run).open("rb") as file:
            return Checked(file_digest=hashlib.file_digest(file, "sha256").hexdigest())
    with RunPlace(run, store).opened() as ledger:
        found = ledger.verify(head=head)
    named = tuple(shown(f"{fault.kind}: {fault.what}") for fault in found.faults)
    left = len(named) - FAULTS_NAMED
    more = (f"and {left} more",) if left > 0 else ()
    return Checked(Chain(links=found.links, head=found.head, sealed=found.sealed, faults=named[:FAULTS_NAMED] + more))
