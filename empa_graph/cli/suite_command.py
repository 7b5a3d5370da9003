"""``empa suite``: draw a balanced suite out of many scenarios, write it, and say what was reached."""

from __future__ import annotations

import json
import shlex
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean, pstdev

import typer
from rich.console import RenderableType
from rich.progress import Progress

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line
from empa_graph.cli.whole_runs import whole_run
from empa_graph.content.library import content_folder, scenarios
from empa_graph.distill.checks.check import check
from empa_graph.distill.checks.records import Checked
from empa_graph.distill.checks.report import read_checks
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.report.coverage.aspects import Aspect
from empa_graph.report.text import many
from empa_graph.run.place import RunPlace
from empa_graph.study.suites.drawing import Asked, Hardness, Member, Part, drawn, part_files, write_parts

BY: tuple[Aspect, ...] = (
    "need",
    "threshold",
    "context",
    "age",
    "gender",
    "culture",
    "country",
    "language",
    "danger",
    "matter",
    "difficulty",
)
"""What a suite can be balanced over."""


def aspects(text: str) -> tuple[Aspect, ...]:
    """Return the aspects that ``--by`` names. Raises NotFoundError for one that is none, UsageError for one twice."""
    names = [name.strip() for name in text.split(",")]
    for name in names:
        if name not in BY:
            raise NotFoundError("aspect", name, BY, where="--by")
    if len(set(names)) < len(names):
        raise UsageError(f"--by {text}: an aspect stands twice")
    return tuple(aspect for name in names for aspect in BY if aspect == name)


def write_suite(folder: Path | None, asked: Asked, out: Path, runs: Sequence[str], *, as_json: bool) -> None:
    """Write the suite to ``out``; ``runs`` say in which scenarios agents lie apart. Raises UsageError, ContentError."""
    files, apart, every = part_files(out, asked), _apart(runs), scenarios(folder)
    found = _checked(folder, asked)
    kept = {one.id for one in found.kept} if found else {one.id for one in every}
    pool = [scenario for scenario in every if scenario.id in kept]
    members = drawn(pool, asked, known=found.known if found else None, hard=_hardness(found, apart))
    write_parts(members, asked, folder, files)
    if as_json:
        typer.echo(json.dumps(_fields(members, files, refused=len(every) - len(pool)), indent=2))
        return
    for part in shown(members, asked, width=console.width, pool=len(pool), refused=len(every) - len(pool)):
        console.print(part)
    for name, file in files.items():
        console.print(literal(f"{name} part written to {file}"))
    words = ("empa", "run", "--config", str(out), "--empathic", "scripted:generic")
    console.print(literal(f"  {shlex.join(words)}"), soft_wrap=True)


def _checked(folder: Path | None, asked: Asked) -> Checked | None:
    """Return the check of the cards where the suite asks how hard they are, or where one lies beside them."""
    place = folder or content_folder("personas")
    before = read_checks(place)
    if not (asked.adversarial or "difficulty" in asked.by or before):
        return None
    with Progress(console=console, transient=True, disable=not console.is_terminal) as told:
        task = told.add_task("rehearsal", total=None)
        return check(
            place,
            seed=before.seed if before else 0,
            rubric=before.rubric if before else "sdt",
            matters=before.matters if before else None,
            before=before.scenarios if before else (),
            told=lambda done, of: told.update(task, completed=done, total=of),
        )


def _hardness(found: Checked | None, apart: Mapping[str, float]) -> Mapping[str, Hardness]:
    """Return how hard each scenario is; how far agents lie ``apart`` in runs goes before what a rehearsal found."""
    rehearsed = found.scenarios if found else ()
    return {one.id: Hardness(one.difficulty, apart.get(one.id, one.disagreement)) for one in rehearsed}


def _apart(runs: Sequence[str]) -> Mapping[str, float]:
    """Return by scenario the standard deviation of mean progress between runs, over those that scored it."""
    held: dict[str, list[float]] = {}
    for run in runs:
        own: dict[str, list[float]] = {}
        for episode in whole_run(RunPlace(run)).episodes:
            if episode.score is not None:
                own.setdefault(episode.scenario, []).append(episode.score.progress)
        for name, found in own.items():
            held.setdefault(name, []).append(fmean(found))
    return {name: pstdev(means) for name, means in held.items() if len(means) > 1}


def shown(members: Sequence[Member], asked: Asked, *, width: int, pool: int, refused: int) -> Iterator[RenderableType]:
    """Yield what a suite came to, for ``width`` columns."""
    counts: Mapping[Part, Counter[tuple[str, ...]]] = {
        part: Counter(one.stratum for one in members if one.part == part) for part in ("public", "held-out")
    }
    hardest = Counter(one.stratum for one in members if one.how == "adversarial")
    rows = [
        (
            *map(one_line, key),
            str(counts["public"][key]),
            str(counts["held-out"][key]) if asked.held_out else "",
            str(hardest[key]) if asked.adversarial else "",
        )
        for key in sorted({one.stratum for one in members})
    ]
    numbers = ("public", "held out", "by hardness")
    title = f"{many(len(members), 'scenario')} out of {pool}, seed {asked.seed}"
    yield from listed((*asked.by, *numbers), rows, width=width, numbers=numbers, title=title)
    if refused:
        yield literal(f"left out, since their check refuses them: {refused}", "yellow")
    if len(members) < asked.size:
        yield literal(f"{len(members)} of {asked.size} asked for: a part has no more scenarios", "yellow")


def _fields(members: Sequence[Member], files: Mapping[Part, Path], *, refused: int) -> dict[str, object]:
    return {
        "files": {part: str(file) for part, file in files.items()},
        "scenarios": [
            {"id": one.scenario.id, "stratum": list(one.stratum), "part": one.part, "how": one.how} for one in members
        ],
        "left_out": refused,
    }
