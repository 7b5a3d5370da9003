"""``empa list`` and ``empa show``: scenarios, runs and episodes for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer
from rich.table import Table
from rich.text import Text

from empa_graph.cli.tables import console, literal, print_summary
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.library import find_scenarios, scenarios
from empa_graph.models.episode import Episode
from empa_graph.models.latent import Step
from empa_graph.models.persona import Goal, Scenario
from empa_graph.report.summary import summarise
from empa_graph.store.folder import episodes, load_run


def list_scenarios(folder: Path | None, *, as_json: bool) -> None:
    """Print every scenario, one a row."""
    known = scenarios(folder)
    if as_json:
        typer.echo(json.dumps([_entry(scenario) for scenario in known], indent=2))
        return
    table = Table(title=f"{len(known)} scenarios of {len({s.persona.id for s in known})} personas")
    for heading in ("scenario", "person", "context", "threshold", "what it is about"):
        table.add_column(heading, overflow="fold")
    for scenario in known:
        entry = _entry(scenario)
        table.add_row(*(literal(str(entry[key])) for key in ("id", "person", "context", "threshold", "title")))
    console.print(table)


def show_what(what: str, episode: str | None, folder: Path | None, *, as_json: bool) -> None:
    """Print a scenario, a run or one of its episodes."""
    path = Path(what)
    if not (path / "run.json").is_file():
        if path.is_dir():
            raise UsageError(f"{what}: no run here (run.json is missing)")
        _scenario(find_scenarios([what], folder)[0], as_json=as_json)
    elif episode is None:
        _run(path, as_json=as_json)
    else:
        _episode(_find(path, episode), as_json=as_json)


def _entry(scenario: Scenario) -> dict[str, object]:
    persona = scenario.persona
    return {
        "id": scenario.id,
        "person": f"{persona.name}, {persona.demographics.age}",
        "context": scenario.goal.context,
        "threshold": persona.empathy_threshold.level,
        "title": scenario.goal.title,
    }


def _scenario(scenario: Scenario, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(scenario.model_dump(mode="json"), indent=2))
        return
    persona, goal = scenario.persona, scenario.goal
    console.print(Text.assemble((scenario.id, "bold"), literal(f"  {goal.title} ({goal.context})")))
    for text in (persona.summary, f"Reached when: {goal.reached_when}", *goal.constraints):
        console.print(literal(text))
    console.print(literal(f"Threshold {persona.empathy_threshold.level}: {persona.empathy_threshold.rejects}"))
    for shown in _start_tables(goal):
        console.print(shown)
    console.print("Opens with:")
    for opening in goal.openings:
        console.print(literal(f"  {opening}"))


def _start_tables(goal: Goal) -> Iterator[Table]:
    """Where the goal starts: in the space of `sdt`, and by the initial indicators of `epm`, as far as annotated."""
    if goal.start:
        table = Table("dimension", "start", "target", "why the target lies there")
        for name, start in goal.start.items():
            target = goal.target[name]
            table.add_row(name, f"{start.value:+.2f}", f"{target.value:+.2f}", literal(target.reason))
        yield table
    if goal.epm:
        table = Table("epm indicator", "level", "why")
        for name, annotated in goal.epm.items():
            table.add_row(name, f"{annotated.value:.0f}", literal(annotated.reason))
        yield table


def _run(path: Path, *, as_json: bool) -> None:
    summary = summarise(load_run(path), episodes(path))
    if as_json:
        typer.echo(json.dumps(summary.model_dump(mode="json"), indent=2))
        return
    print_summary(summary)
    table = Table("#", "scenario", "variant", "ending", "turns", "composite")
    for number, episode in enumerate(episodes(path), start=1):
        composite = f"{episode.score.composite:.1f}" if episode.score else f"- ({episode.unscored})"
        cells = (episode.scenario, episode.variant, episode.ending, str(episode.turns), composite)
        table.add_row(str(number), *map(literal, cells))
    console.print(table)


def _find(path: Path, wanted: str) -> Episode:
    played = list(episodes(path))
    if wanted.isdecimal():
        if not 1 <= int(wanted) <= len(played):
            raise UsageError(f"{path}: no episode {wanted}; allowed are 1 to {len(played)}")
        return played[int(wanted) - 1]
    found = next((episode for episode in played if episode.scenario == wanted), None)
    if found is None:
        raise NotFoundError("episode", wanted, {episode.scenario for episode in played}, where=str(path))
    return found


def _episode(episode: Episode, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(episode.model_dump(mode="json"), indent=2))
        return
    console.print(Text.assemble(literal(episode.scenario, "bold"), literal(f"  {episode.agent} ({episode.variant})")))
    steps = {step.turn: step for step in episode.latent.steps}
    position = episode.latent.start
    console.print(literal(_position(episode.latent.dimensions, position), "dim"))
    for index, message in enumerate(episode.messages):
        who, style = ("person", "cyan") if message.speaker == "person" else ("agent", "green")
        aside = f" ({message.move})" if message.move else ""
        head = literal(f"\n{message.turn:>3} {who}{aside}", style)
        console.print(Text.assemble(head, "  ", literal(message.content or "(nothing)")))
        last = index + 1 == len(episode.messages) or episode.messages[index + 1].turn != message.turn
        step = steps.get(message.turn)
        if last and step is not None:
            if step.increment is not None:
                position = tuple(a + b for a, b in zip(position, step.increment, strict=True))
            console.print(literal(_judgement(step), "dim"))
            console.print(literal(_position(episode.latent.dimensions, position), "dim"))
    console.print(literal(_closing(episode)))


def _position(dimensions: Sequence[str], position: Sequence[float]) -> str:
    return "    " + "  ".join(f"{name} {x:+.2f}" for name, x in zip(dimensions, position, strict=True))


def _judgement(step: Step) -> str:
    if not step.due:
        return "    not judged at this turn"
    if step.failure is not None:
        return f"    no judgement: {step.failure.detail}"
    items = step.assessment.items if step.assessment else ()
    parts = [
        f"{item.dimension} {sign}{level} ({evidence[:60]!r})"
        for item in items
        for sign, level, evidence in (
            ("+", item.progress, item.progress_evidence),
            ("-", item.regress, item.regress_evidence),
        )
        if level
    ]
    return "    " + ("; ".join(parts) or "no movement")


def _closing(episode: Episode) -> str:
    if episode.score is None:
        return f"\n{episode.ending}; no score: {episode.unscored}"
    score = episode.score
    published = score.epmq.get("published")
    epmq = f"; EPM-Q {published.composite:.1f} (published)" if published else ""
    return (
        f"\n{episode.ending} after {episode.turns} turns; composite {score.composite:.1f} ({score.profile}): "
        f"alignment {score.alignment_index:.2f}, impact {score.impact_index:.2f}, stability "
        f"{score.stability_index:.2f}; coverage {score.coverage:.0%}{epmq}"
    )
