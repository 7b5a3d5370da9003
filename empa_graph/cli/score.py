"""``empa score``: judge saved conversations and print their scores."""

from __future__ import annotations

import asyncio
import dataclasses
import functools
import json
from collections.abc import Awaitable, Callable, Sequence
from io import FileIO
from pathlib import Path

import typer
from rich.table import Table

from empa_graph.cli.tables import console, literal
from empa_graph.errors import UsageError
from empa_graph.graph.score import check_profile
from empa_graph.library import find_scenarios, load_rubric
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.runner.rescore import Transcript, rescored, rescored_all, transcripts
from empa_graph.runner.seats import Cast, Casting, cast

Judge = Callable[[Transcript], Awaitable[Episode]]


def score_file(
    file: Path,
    scenario_name: str | None,
    casting: Casting,
    *,
    profile: str,
    rubric_name: str | None,
    personas: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Judge every conversation of ``file``; exit 1 when one was left without a score."""
    rubric = load_rubric(casting.rubric(rubric_name))
    check_profile(profile, where="--profile")
    scenario = find_scenarios([scenario_name], personas)[0] if scenario_name else None
    said = list(transcripts(file))
    if not said:
        raise UsageError(f"{file}: no conversation in this file")
    if out is not None:
        _check_writable(out, file)
    seats = cast(dataclasses.replace(casting, empathic="scripted:silent"), rubric)
    judge = functools.partial(
        rescored,
        evaluator=seats.evaluator,
        rubric=rubric,
        scenario=scenario,
        evaluator_name=casting.judged_by,
        profile=profile,
    )
    judged = _judged(said, judge, seats, out)
    _print(judged, rubric, scenario, as_json=as_json)
    if any(episode.score is None for episode in judged):
        raise typer.Exit(1)


def _check_writable(out: Path, file: Path) -> None:
    """Find out before the first judgement that the results can be kept beside ``file``. Raises UsageError."""
    try:
        out.open("a").close()
        if out.samefile(file):
            raise UsageError(f"{out}: holds the conversations; choose another --out")
    except OSError as error:
        raise _unwritable(out, error) from None


def _unwritable(out: Path, error: OSError) -> UsageError:
    return UsageError(f"{out}: cannot be written ({(error.strerror or 'error').lower()})")


def _judged(said: Sequence[Transcript], judge: Judge, seats: Cast, out: Path | None) -> list[Episode]:
    """Judge all of ``said`` and append each to ``out`` as it becomes known."""
    if out is None:
        return asyncio.run(_all(said, judge, seats, lambda _: None))
    with out.open("wb", buffering=0) as lines:
        try:
            return asyncio.run(_all(said, judge, seats, functools.partial(_add, lines, out)))
        except KeyboardInterrupt:
            typer.echo(f"empa: stopped; every judged conversation is kept in {out}", err=True)
            raise


def _add(lines: FileIO, out: Path, episode: Episode) -> None:
    """Write one whole line, past every buffer. Raises UsageError."""
    line = memoryview(episode.model_dump_json().encode() + b"\n")
    try:
        while line:
            line = line[lines.write(line) :]
    except OSError as error:
        raise _unwritable(out, error) from None


async def _all(said: Sequence[Transcript], judge: Judge, seats: Cast, keep: Callable[[Episode], None]) -> list[Episode]:
    try:
        return await rescored_all(said, judge, keep=keep)
    finally:
        for chat in seats.chats:
            await chat.aclose()


def _print(judged: list[Episode], rubric: Rubric, scenario: Scenario | None, *, as_json: bool) -> None:
    prior = (
        f"start and target: scenario {scenario.id}"
        if scenario
        else f"start and target: the stated prior of rubric '{rubric.id}' (no scenario given)"
    )
    if as_json:
        rows = [_row(episode) for episode in judged]
        typer.echo(json.dumps({"basis": prior, "conversations": rows}, indent=2))
        return
    table = Table("conversation", "turns", "alignment", "impact", "stability", "composite", title=literal(prior))
    for episode in judged:
        score = episode.score
        cells = (
            ["-", "-", "-", f"no score: {episode.unscored}"]
            if score is None
            else [
                f"{score.alignment_index:.2f}",
                f"{score.impact_index:.2f}",
                f"{score.stability_index:.2f}",
                f"{score.composite:.1f}",
            ]
        )
        table.add_row(*map(literal, (episode.scenario.removeprefix("transcript:"), str(episode.turns), *cells)))
    console.print(table)


def _row(episode: Episode) -> dict[str, object]:
    return {
        "conversation": episode.scenario.removeprefix("transcript:"),
        "turns": episode.turns,
        "score": episode.score.model_dump() if episode.score else None,
        "unscored": episode.unscored,
        "faults": [fault.model_dump() for fault in episode.faults],
    }
