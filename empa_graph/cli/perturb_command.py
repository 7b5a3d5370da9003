"""``empa perturb``: judge the replies of a run again, flipped or hollow, and print the shifts beside the paper's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from itertools import groupby

import typer
from rich.console import RenderableType

from empa_graph.cli.display import INTERVALS, console, literal
from empa_graph.cli.folders import recorded
from empa_graph.cli.left_out import refusals
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import plain
from empa_graph.content.library import find_scenarios
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.config import NO_KEYS, Keys, RunConfig
from empa_graph.models.rubric import Rubric
from empa_graph.report.text import many
from empa_graph.roles.evaluator.offline import CueEvaluator
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.specs import judged_by
from empa_graph.run.config import made_roles, resolved_rubric
from empa_graph.run.evaluate import probed
from empa_graph.run.place import RunPlace
from empa_graph.run.recorded import places, run_rubric
from empa_graph.study.perturb.replies import Reply, chosen, recorded_replies
from empa_graph.study.perturb.shifts import PAPER, Shift, shifts
from empa_graph.study.perturb.trial import VARIANTS, Kind, Pair, judged_pairs


def perturb_run(
    place: RunPlace,
    config: RunConfig,
    *,
    keys: Keys = NO_KEYS,
    kinds: Sequence[str] = (),
    limit: int | None = None,
    seed: int = 0,
    as_json: bool = False,
) -> None:
    """Perturb the judged replies of the run in ``place``; exit 1 when a perturbation is left without any pair.

    No ``kinds`` means all. The rubric is the run's unless one is named or the evaluator brings its own.
    """
    wanted = _kinds(kinds)
    if limit is not None and limit < 1:
        raise UsageError(f"--limit is {limit}, allowed is 1 or more")
    run = place.run()
    evaluator = config.evaluator
    rubric = resolved_rubric(config) if evaluator.rubric or evaluator.name == "epm" else run_rubric(run, place.path)
    judged = list(recorded(place))
    played = run.config.persona.folder
    personas = config.persona.folder or next(iter(places(played, place.path) if played else ()), None)
    known = {s.id: s for s in find_scenarios([episode.scenario for episode in judged], personas)}
    roles = made_roles(config, rubric, keys=keys)
    offline = roles.evaluator if isinstance(roles.evaluator, CueEvaluator) else None
    replies = asyncio.run(recorded_replies(judged, known, rubric, offline=offline))
    if not replies:
        raise UsageError(f"{place}: no judged reply to perturb")
    picked = chosen(replies, limit, seed=seed)
    pairs = asyncio.run(_judged(picked, roles, rubric, wanted, seed))
    for line in refusals(roles.refused):
        typer.echo(f"empa: {line}", err=True)
    rows = shifts(pairs, seed=seed)
    basis = {"evaluator": judged_by(evaluator), "judges": list(evaluator.judges), "rubric": rubric.id, "seed": seed}
    _print(rows, {**basis, "replies": len(picked)}, as_json=as_json)
    if any(row.pairs == 0 for row in rows):
        raise typer.Exit(1)


def _kinds(named: Sequence[str]) -> tuple[Kind, ...]:
    for name in named:
        if name not in VARIANTS:
            raise NotFoundError("perturbation", name, VARIANTS, where="--kind")
    return tuple(kind for kind in VARIANTS if kind in named or not named)


async def _judged(
    replies: Sequence[Reply], roles: Roles, rubric: Rubric, kinds: Sequence[Kind], seed: int
) -> tuple[Pair, ...]:
    try:
        for hint in await probed(roles, offline=False):
            typer.echo(f"empa: {plain(hint)}", err=True)
        return await judged_pairs(replies, roles.evaluator, rubric, kinds=kinds, seed=seed)
    finally:
        await roles.aclose()


def _print(rows: Sequence[Shift], basis: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        shown = [{**row.model_dump(), "paper": PAPER[row.kind]._asdict()} for row in rows]
        typer.echo(json.dumps({**basis, "perturbations": shown}, indent=2))
        return
    title = f"{basis['replies']} replies, evaluator {basis['evaluator']}, rubric {basis['rubric']}"
    for part in shift_table(rows, title, width=console.width):
        console.print(part)
    for row in rows:
        for cause, count in row.dropped.items():
            console.print(
                literal(f"{row.kind} {row.variant}: {many(count, 'pair')} without a number: {cause}", "yellow")
            )


def shift_table(rows: Sequence[Shift], title: str, *, width: int) -> Iterator[RenderableType]:
    """Yield the table of ``rows``, the paper's figures before each kind, and what its columns mean.

    Where ``width`` columns hold no table, a few lines for each row.
    """
    cells: list[tuple[str, ...]] = []
    for kind, of_kind in groupby(rows, key=lambda row: row.kind):
        paper = PAPER[kind]
        cells.append((f"{kind} (paper)", "", "", "", f"{paper.decrease:.1%}", f"{paper.tie:.1%}"))
        cells += [(f"{kind} {row.variant}", str(row.pairs), *_cells(row)) for row in of_kind]
    yield from listed(_HEADINGS, cells, width=width, numbers=_HEADINGS[1:], title=title)
    yield literal(_CAPTION, "dim")


_HEADINGS = ("perturbation", "pairs", "shift", "p", "decrease", "tie")
_CAPTION = (
    f"shift: change of a turn's energy; means and shares over scenarios {INTERVALS}; "
    "p: sign flips of whole scenarios; paper: arXiv 2603.00552, another evaluator and other replies"
)


def _cells(row: Shift) -> tuple[str, ...]:
    if row.shift is None or row.decrease is None or row.tie is None or row.increase is None:
        return ("-",) * 4
    shift, decrease = f"{row.shift:+.3f}", f"{row.decrease:.1%}"
    if row.low is not None and row.high is not None:
        shift += f"\n[{row.low:+.3f}, {row.high:+.3f}]"
    if row.decrease_low is not None and row.decrease_high is not None:
        decrease += f"\n[{row.decrease_low:.1%}, {row.decrease_high:.1%}]"
    p_value = "-" if row.p_value is None else f"{row.p_value:.4f}"
    return (shift, p_value, decrease, f"{row.tie:.1%}")
