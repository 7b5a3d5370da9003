"""A session at a run for people and programs: probing, live progress, the summary, the exit code."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TextIO

import typer

from empa_graph.cli import EXIT_INTERRUPTED, EXIT_RUN_ERROR, EXIT_SUSPENDED
from empa_graph.cli.display import console, literal, print_summary
from empa_graph.cli.left_out import left_out
from empa_graph.cli.plain import plain, prints_aside
from empa_graph.cli.progress import bar, lines, money
from empa_graph.errors import RunError, SuspendedError
from empa_graph.llm.tracing import switched_on
from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import Totals
from empa_graph.report.text import many
from empa_graph.roles.run_roles import Roles
from empa_graph.run.evaluate import Kept, carried_out, probed
from empa_graph.run.result import RunResult, result_of
from empa_graph.run.schedule import Progress as Event
from empa_graph.run.session import Resources, RunSession


def probe_all(roles: Roles, *, offline: bool) -> None:
    """Find out before the first episode whether each model can be reached, and say hints. Raises UsageError."""
    for hint in asyncio.run(probed(roles, offline=offline)):
        typer.echo(f"empa: {plain(hint)}", err=True)


def sit(kept: Kept, resources: Resources, *, as_json: bool) -> None:
    """Play what is left, print the summary, and exit.

    0: done, and no more than the allowed share of episodes failed. 1: more failed. 3: the run was suspended and can be
    resumed. Raises RunError where the store was removed meanwhile: then there is nothing to resume.
    """
    execution, path, store = kept.made.config.execution, kept.path, kept.store
    _tell_of_tracing(langsmith=execution.langsmith)
    session = RunSession(kept.made, store, resources)
    with prints_aside(as_json) as out, _loss():
        try:
            _tell_of_beginning(session, kept)
            stopped = _play(session, kept, out if as_json else None)
        except KeyboardInterrupt:
            if session.begun and not session.signalled:
                raise _ended("it raised KeyboardInterrupt") from None
            typer.echo(f"empa: interrupted; what was finished is kept, go on with: empa resume {path}", err=True)
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except SystemExit as end:  # of a task that an agent had begun by itself: it ends the event loop
            raise _ended(f"exit code {end.code}") from None
        result = result_of(path, store, stopped)
    for line in left_out(store.left_out()):
        typer.echo(f"empa: {line}", err=True)
    _print(result, store.totals(), as_json=as_json)
    if result.stopped is not None:
        raise typer.Exit(EXIT_SUSPENDED)
    if result.summary.failed_share > execution.max_failed:
        raise typer.Exit(EXIT_RUN_ERROR)


def _tell_of_beginning(session: RunSession, kept: Kept) -> None:
    """Say to who waits at a terminal where a run begins: its first turn may be seconds away."""
    if sys.stderr.isatty() and session.left == len(kept.made.run.plan):
        typer.echo(f"empa: {session.left} episode{'s' * (session.left > 1)} into {kept.path}", err=True)


def _tell_of_tracing(*, langsmith: bool) -> None:
    if not langsmith and (variable := switched_on()) is not None:
        typer.echo(f"empa: {variable} is set; nothing is posted to LangSmith without --langsmith", err=True)


def _ended(how: str) -> RunError:
    said = f"the agent ended the process ({how}); what was finished is kept"
    return RunError(said, blame="empathic", kind="role_crashed")


@contextmanager
def _loss() -> Iterator[None]:
    """Turn the loss of the store into an error of the run: what was played is not kept, and cannot be gone on with."""
    try:
        yield
    except SuspendedError as stopped:
        if stopped.limit != "lost":
            raise
        raise RunError(str(stopped), blame="us", kind="store_lost") from None


def _play(session: RunSession, kept: Kept, json_lines: TextIO | None) -> SuspendedError | None:
    """Play with JSON lines to ``json_lines``, with a progress bar, or with a line now and then where none can be."""
    if json_lines is not None:
        return asyncio.run(carried_out(session, kept, watch=partial(_json_line, json_lines), on_stop=_stopping))
    if not console.is_terminal:
        return asyncio.run(carried_out(session, kept, watch=lines(session), on_stop=_stopping))
    with bar(session) as watch:
        return asyncio.run(carried_out(session, kept, watch=watch, on_stop=_stopping))


def _stopping(signal: str) -> None:
    typer.echo(f"empa: {signal}: waiting for the requests under way; once more to stop at once", err=True)


def _json_line(lines: TextIO, event: Event) -> None:
    fields: dict[str, object] = {"event": "turn", **event.planned.model_dump(), "turn": event.turn}
    if event.episode is not None:
        fields.update(event="episode", **_outcome(event.episode))
    typer.echo(json.dumps(fields), file=lines)


def _outcome(episode: Episode) -> dict[str, object]:
    score = episode.score.model_dump() if episode.score else None
    return {"ending": episode.ending, "score": score, "unscored": episode.unscored}


def _print(result: RunResult, totals: Totals, *, as_json: bool) -> None:
    path, head = result.folder, result.head
    if as_json:
        fields = {
            "event": "summary",
            "folder": str(path),
            "head": head,
            "stopped": result.stopped,
            "totals": totals.model_dump(),
            **result.summary.model_dump(mode="json"),
        }
        typer.echo(json.dumps(fields))
        return
    print_summary(result.summary)
    if totals.calls or totals.replayed:
        console.print(literal(_used(totals)))
    if result.stopped is not None:
        console.print(literal(f"suspended: {result.stopped}; go on with: empa resume {path}", "yellow"))
    console.print(literal(f"{path}  (empa report {path}; empa show {path} 1)  head {head[:16]}"))


def _used(totals: Totals) -> str:
    replayed = f", {totals.replayed} replayed" if totals.replayed else ""
    failed = f", {totals.failed} failed" if totals.failed else ""
    tokens = f"{totals.tokens_in:,} tokens in ({totals.tokens_cached:,} cached), {totals.tokens_out:,} out"
    return f"{many(totals.calls, 'call')}{failed}{replayed}; {tokens}; {money(totals)}; {totals.seconds:.0f} s"
