"""``empa run``: from the words typed to a run folder, with live progress."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from empa_graph.cli.plain import plain
from empa_graph.cli.tables import agreement_line, console, epmq_table, literal, summary_table, trouble
from empa_graph.graph.score import check_profile
from empa_graph.library import content_hashes, find_scenarios, load_rubric, persona_files, spread
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Run
from empa_graph.report.summary import Summary, summarise
from empa_graph.roles.instructions import check_variant
from empa_graph.runner.plan import planned, run_id, versions
from empa_graph.runner.run import Progress as Event
from empa_graph.runner.run import Watch, run_async
from empa_graph.runner.seats import Cast, Casting, cast
from empa_graph.runner.single import with_max_turns
from empa_graph.store.folder import RunFolder, episodes
from empa_graph.validation import check_space


@dataclass(frozen=True, slots=True)
class Order:
    """What to play and how, in the user's words."""

    scenarios: tuple[str, ...]
    variants: tuple[str, ...]
    repeats: int
    seed: int
    max_turns: int | None
    limit: int | None
    concurrency: int
    profile: str
    rubric: str | None
    personas: Path | None
    out: Path | None
    json: bool


def play(order: Order, casting: Casting) -> None:
    """Check everything, then play; exit 1 when an episode was left without a score."""
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    rubric = with_max_turns(load_rubric(casting.rubric(order.rubric)), order.max_turns)
    chosen = spread(find_scenarios(order.scenarios, order.personas), order.limit)
    _check(order, chosen, casting)
    seats = cast(casting, rubric)
    run = _manifest(order, casting, chosen, rubric)
    path = order.out or Path("runs") / run.id
    asyncio.run(_probe(seats))
    with RunFolder(path, run) as folder:
        try:
            _play(run, chosen, seats, rubric, folder, as_json=order.json)
        except KeyboardInterrupt:
            typer.echo(f"empa: stopped; every finished episode is kept in {path}", err=True)
            raise
    summary = summarise(run, episodes(path))
    _print(summary, path, as_json=order.json)
    if not summary.complete:
        raise typer.Exit(1)


def _check(order: Order, chosen: Sequence[Scenario], casting: Casting) -> None:
    for variant in order.variants:
        check_variant(variant)
    check_profile(order.profile, where="--profile")
    full = load_rubric(casting.rubric(order.rubric))
    needed = {scenario.persona.id for scenario in chosen}
    for file in persona_files(order.personas):
        if file.stem in needed:
            check_space(file, full)


def _manifest(order: Order, casting: Casting, chosen: Sequence[Scenario], rubric: Rubric) -> Run:
    now = datetime.now(UTC)
    return Run(
        id=run_id(now, casting.empathic),
        created=now.isoformat(timespec="seconds"),
        agent=casting.empathic,
        base_url=casting.base_url,
        variants=order.variants,
        evaluator=casting.evaluator,
        judges=casting.judges,
        judge_every=casting.judge_every,
        director=casting.director,
        rubric=rubric.id,
        voice=casting.voice,
        profile=order.profile,
        noise=casting.noise,
        seed=order.seed,
        max_turns=rubric.stop.max_turns,
        repeats=order.repeats,
        concurrency=order.concurrency,
        parameters={"temperature": casting.temperature, "max_tokens": casting.max_tokens},
        versions=versions(),
        hashes=content_hashes(chosen, rubric),
        plan=planned(chosen, order.variants, repeats=order.repeats, seed=order.seed),
    )


async def _probe(seats: Cast) -> None:
    """Find out before the first episode whether each model can be reached. Raises UsageError."""
    from empa_graph.llm import probe

    for chat in seats.chats:
        hint = await probe(chat)
        if hint:
            typer.echo(f"empa: {plain(hint)}", err=True)
        await chat.aclose()


def _play(
    run: Run, chosen: Sequence[Scenario], seats: Cast, rubric: Rubric, folder: RunFolder, *, as_json: bool
) -> None:
    if as_json:
        asyncio.run(run_async(run, chosen, seats, rubric, keep=folder.add, watch=_json_line))
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[turns]} turns"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        watch = _bar(bar, len(run.plan))
        asyncio.run(run_async(run, chosen, seats, rubric, keep=folder.add, watch=watch))


def _bar(bar: Progress, total: int) -> Watch:
    task = bar.add_task("episodes", total=total, turns=0)
    turns = 0

    def watch(event: Event) -> None:
        nonlocal turns
        turns += event.episode is None
        bar.update(task, advance=0 if event.episode is None else 1, turns=turns)

    return watch


def _json_line(event: Event) -> None:
    fields: dict[str, object] = {"event": "turn", **event.planned.model_dump(), "turn": event.turn}
    if event.episode is not None:
        fields.update(event="episode", **_outcome(event.episode))
    typer.echo(json.dumps(fields))


def _outcome(episode: Episode) -> dict[str, object]:
    score = episode.score.model_dump() if episode.score else None
    return {"ending": episode.ending, "score": score, "unscored": episode.unscored}


def _print(summary: Summary, path: Path, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({"event": "summary", "folder": str(path), **summary.model_dump(mode="json")}))
        return
    console.print(summary_table(summary))
    if (epmq := epmq_table(summary)) is not None:
        console.print(epmq)
    if agreement := agreement_line(summary):
        console.print(literal(agreement))
    for line in trouble(summary):
        console.print(literal(line, "yellow"))
    console.print(literal(f"{path}  (empa show {path} 1)"))
