"""``empa annotate``: open what one annotator does, in a browser or here, or say what came of all."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import typer

from empa_graph.cli import EXIT_SUSPENDED
from empa_graph.cli.display import console, literal
from empa_graph.cli.plain import one_line
from empa_graph.content.library import load_rubric
from empa_graph.distill.annotating import Annotating, annotator_named, sampled
from empa_graph.distill.folder import CONVERSATIONS, conversations
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.records import Conversation
from empa_graph.distill.settling import Settling
from empa_graph.errors import UsageError
from empa_graph.models.latent import Space


class Wanted(NamedTuple):
    """Whose marks of which conversations."""

    folder: Path
    annotator: str | None
    sample: int | None
    seed: int
    rubric: str | None


class Chosen(NamedTuple):
    """What is to be done: the page of an annotator, or with ``settle`` that of who settles, unless another is named."""

    terminal: bool
    agreement: bool
    settle: bool
    export: Path | None
    import_: Path | None
    machines: bool
    as_json: bool
    port: int


def annotated(wanted: Wanted, chosen: Chosen) -> None:
    """Do what was chosen. Raises UsageError for two things at once, and where an option has nothing to go with."""
    _refuse_unfit(chosen)
    if chosen.agreement:
        show_agreement(wanted, machines=chosen.machines, as_json=chosen.as_json)
    elif chosen.settle:
        settle_here(wanted) if chosen.terminal else settle_in_browser(wanted, port=chosen.port)
    elif chosen.export is not None:
        export_marks(wanted, chosen.export)
    elif chosen.import_ is not None:
        import_marks(wanted, chosen.import_, as_json=chosen.as_json)
    elif chosen.terminal:
        annotate_here(wanted)
    else:
        annotate_in_browser(wanted, port=chosen.port)


def _refuse_unfit(chosen: Chosen) -> None:
    names = ("--terminal", "--agreement", "--settle", "--export", "--import")
    given = [name for name, value in zip(names, chosen, strict=False) if value]
    if len(given) > 1 and given != ["--terminal", "--settle"]:
        raise UsageError(f"{' and '.join(given)} are different things; ask for one of them")
    if chosen.machines and not chosen.agreement:
        raise UsageError("--machines goes with --agreement")
    if chosen.as_json and not chosen.agreement and chosen.import_ is None:
        raise UsageError("--json goes with --agreement and --import")


def annotate_in_browser(wanted: Wanted, *, port: int) -> None:
    """Serve the page of one annotator until Ctrl-C. Raises UsageError, MissingExtraError."""
    from empa_graph.viewer.annotating import serve_annotating

    with _opened(wanted) as store:
        work = _work(wanted, store)
        serve_annotating(work, port=port, say=lambda line: print(one_line(line), flush=True))


def annotate_here(wanted: Wanted) -> None:
    """Ask line by line; exit 3 where something is left open."""
    from empa_graph.cli.annotate_terminal import Desk, annotated

    with _opened(wanted) as store:
        _end(annotated(Desk(_work(wanted, store), _ask, typer.echo)))


def settle_in_browser(wanted: Wanted, *, port: int) -> None:
    """Serve the page of what people differ on until Ctrl-C. Raises UsageError, MissingExtraError."""
    from empa_graph.viewer.settling import serve_settling

    with _opened(wanted) as store:
        work = Settling(store, _talks(wanted), _named(wanted))
        serve_settling(work, port=port, say=lambda line: print(one_line(line), flush=True))


def settle_here(wanted: Wanted) -> None:
    """Ask for the values that people differ on; exit 3 where the asking was stopped."""
    from empa_graph.cli.annotate_agreement import settle

    with _opened(wanted) as store:
        _end(settle(Settling(store, _talks(wanted), _named(wanted)), ask=_ask, say=typer.echo))


def show_agreement(wanted: Wanted, *, machines: bool, as_json: bool) -> None:
    """Print how far annotators agree."""
    from empa_graph.cli.annotate_agreement import print_agreement

    with _opened(wanted) as store:
        print_agreement(store, _space(wanted, store), machines=machines, as_json=as_json)


def export_marks(wanted: Wanted, file: Path) -> None:
    """Write the current marks as CSV."""
    from empa_graph.distill.mark_csv import write_csv

    with _opened(wanted) as store:
        number = write_csv(store.marks(annotator=wanted.annotator), store.variables, file)
    console.print(literal(f"{number:,} {'mark' if number == 1 else 'marks'} in {file}"))


def import_marks(wanted: Wanted, file: Path, *, as_json: bool) -> None:
    """Keep the marks of a CSV file; exit 2 where a row says none, whose line is named."""
    from empa_graph.distill.mark_csv import read_csv

    with _opened(wanted) as store:
        found = read_csv(file, store, _talks(wanted))
    for fault in found.faults:
        typer.echo(f"empa: {one_line(fault)}", err=True)
    if as_json:
        typer.echo(json.dumps(found._asdict(), indent=2))
    else:
        known = f", {found.known:,} known already" if found.known else ""
        older = f", {found.older:,} older than what stands" if found.older else ""
        console.print(literal(f"{found.new:,} new{known}{older}, {len(found.faults):,} not read"))
    if found.faults:
        raise typer.Exit(2)


@contextmanager
def _opened(wanted: Wanted) -> Iterator[MarkStore]:
    """Give the store in the space that was named, in that of its marks, or else in that of the rubric ``sdt``."""
    if not (wanted.folder / CONVERSATIONS).is_file():
        raise UsageError(f"{wanted.folder}: is no folder that `empa distill` made")
    named = None if wanted.rubric is None else load_rubric(wanted.rubric).space
    with MarkStore(wanted.folder, named) as store:
        if store.space is not None:
            yield store
            return
    with MarkStore(wanted.folder, load_rubric().space) as store:
        yield store


def _space(wanted: Wanted, store: MarkStore) -> Space:
    if store.space is None:
        raise UsageError(f"{wanted.folder}: has no space")
    return store.space


def _work(wanted: Wanted, store: MarkStore) -> Annotating:
    named = _named(wanted)
    talks = sampled(conversations(wanted.folder), wanted.sample, seed=wanted.seed)
    if not talks:
        raise UsageError(f"{wanted.folder}: keeps no conversation")
    return Annotating(store, talks, named)


def _talks(wanted: Wanted) -> dict[str, Conversation]:
    return {talk.id: talk for talk in conversations(wanted.folder)}


def _named(wanted: Wanted) -> str:
    if wanted.annotator is not None:
        return annotator_named(wanted.annotator)
    name = _ask("Your name, as your marks shall carry it> ") if sys.stdin.isatty() else None
    if not name:
        raise UsageError("--annotator NAME is needed: marks carry who made them")
    return annotator_named(name)


def _ask(prompt: str) -> str | None:
    """Return a line of the terminal; None where there is no more, or at Ctrl-C."""
    typer.echo(prompt, nl=False)
    try:
        line = sys.stdin.readline()
    except KeyboardInterrupt:
        typer.echo()
        return None
    return line.strip() if line else None


def _end(whole: bool) -> None:
    if not whole:
        typer.echo("empa: stopped; every mark is kept, the same command goes on", err=True)
        raise typer.Exit(EXIT_SUSPENDED)
