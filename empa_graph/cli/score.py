"""``empa score``: judge saved conversations and print their scores."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import typer
from rich.table import Table

from empa_graph.cli.tables import console, literal
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.library import find_scenarios, load_rubric
from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.runner.rescore import Transcript, rescored, transcripts
from empa_graph.runner.seats import Cast, Casting, cast
from empa_graph.scoring.trio import PROFILES


def score_file(
    file: Path,
    scenario_name: str | None,
    casting: Casting,
    *,
    profile: str,
    rubric_name: str,
    personas: Path | None,
    out: Path | None,
    as_json: bool,
) -> None:
    """Judge every conversation of ``file``; exit 1 when one was left without a score."""
    rubric = load_rubric(rubric_name)
    if profile not in PROFILES:
        raise NotFoundError("weight profile", profile, PROFILES, where="--profile")
    scenario = find_scenarios([scenario_name], personas)[0] if scenario_name else None
    said = list(transcripts(file))
    if not said:
        raise UsageError(f"{file}: no conversation in this file")
    if out is not None:
        _check_writable(out)
    seats = cast(
        Casting(
            empathic="scripted:silent",
            evaluator=casting.evaluator,
            judge=casting.judge,
            base_url=casting.base_url,
            api_key=casting.api_key,
        ),
        rubric,
    )
    judged = asyncio.run(_all(said, seats, rubric, scenario, casting.evaluator, profile))
    if out is not None:
        out.write_text("".join(episode.model_dump_json() + "\n" for episode in judged), encoding="utf-8")
    _print(judged, rubric, scenario, as_json=as_json)
    if any(episode.score is None for episode in judged):
        raise typer.Exit(1)


def _check_writable(out: Path) -> None:
    """Find out before the first judgement that the results can be kept. Raises UsageError."""
    try:
        out.open("a").close()
    except OSError as error:
        raise UsageError(f"{out}: cannot be written ({(error.strerror or 'error').lower()})") from None


async def _all(
    said: list[Transcript],
    seats: Cast,
    rubric: Rubric,
    scenario: Scenario | None,
    evaluator: str,
    profile: str,
) -> list[Episode]:
    try:
        return [
            await rescored(
                transcript,
                seats.evaluator,
                rubric,
                scenario=scenario,
                evaluator_name=evaluator,
                profile=profile,
            )
            for transcript in said
        ]
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
