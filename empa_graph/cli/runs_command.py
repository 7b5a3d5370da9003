"""``empa runs``: the runs under a folder or in a database, a row for each of their variants."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from typing import NamedTuple

import typer

from empa_graph.cli.display import console, literal
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import one_line, shortened
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.run import Run
from empa_graph.report.lines import drift_lines, is_alarm, mean_and_bounds
from empa_graph.report.summary import Summary, VariantSummary
from empa_graph.report.text import many
from empa_graph.run.catalogue import Broken, Listed, catalogue
from empa_graph.run.place import shown

_HEADINGS = (
    "run",
    "when",
    "agent",
    "evaluator",
    "variant",
    "scored",
    "failed",
    "composite",
    "progress",
    "guards",
    "commit",
)
_NUMBERS = ("scored", "failed", "composite", "progress")
_FAR_BACK = float("-inf")


class Filter(NamedTuple):
    """Which runs are meant; None is any."""

    agent: str | None
    evaluator: str | None
    commit: str | None
    since: str | None


class _Row(NamedTuple):
    """A variant of a run."""

    listed: Listed
    variant: VariantSummary

    @property
    def failed(self) -> int:
        """Episodes that were played and have no score."""
        return sum(self.variant.failed.values()) - self.unplayed

    @property
    def unplayed(self) -> int:
        """Episodes that were not played, or not to their end."""
        return self.variant.planned - sum(self.variant.endings.values())

    @property
    def composite(self) -> float:
        """The mean composite; below all others where there is none."""
        found = self.variant.metrics.get("composite")
        return _FAR_BACK if found is None else found.mean


_ORDERS: Mapping[str, Callable[[_Row], str | float]] = {
    "when": lambda row: row.listed.run.created,
    "agent": lambda row: row.listed.run.config.agent.spec,
    "evaluator": lambda row: row.listed.run.config.evaluator.name,
    "scored": lambda row: row.variant.scored,
    "failed": lambda row: row.failed,
    "composite": lambda row: row.composite,
    "commit": lambda row: row.listed.run.git or "",
}
_NAMES = ("agent", "evaluator", "commit")
"""What is sorted from a to z; all else has the most first."""


def list_runs(root: str, chosen: Filter, *, sort: str, reverse: bool, store: str | None, as_json: bool) -> None:
    """Print the runs under ``root``. Raises UsageError, NotFoundError with the nearest name."""
    if sort not in _ORDERS:
        raise NotFoundError("order", sort, _ORDERS, where="--sort")
    seen: list[Run] = []
    since = _moment(chosen.since)

    def wanted(run: Run) -> bool:
        seen.append(run)
        return _fits(run, chosen, since)

    found = list(catalogue(root, wanted=wanted, store=store))
    _refuse_unknown(seen, chosen.evaluator)
    rows = [_Row(one, variant) for one in found if isinstance(one, Listed) for variant in one.summary.variants]
    rows.sort(key=_ORDERS[sort], reverse=reverse != (sort not in _NAMES))
    broken = [one for one in found if isinstance(one, Broken)]
    if as_json:
        typer.echo(
            json.dumps({"runs": list(map(_as_json, rows)), "broken": [one._asdict() for one in broken]}, indent=2)
        )
        return
    count = len({row.listed.where for row in rows})
    console.print(literal(one_line(f"{count} of {many(len(seen) + len(broken), 'run')} under {shown(root)}")))
    for part in listed(_HEADINGS, list(map(_cells, rows)), width=console.width, numbers=_NUMBERS) if rows else ():
        console.print(part)
    for where, left in {row.listed.where: row.listed.suspended for row in rows if row.listed.suspended}.items():
        console.print(literal(one_line(f"{where}: {left}"), "yellow"))
    for one in broken:
        console.print(literal(f"cannot be read: {shortened(one.where, 200)}: {shortened(one.cause, 400)}", "red"))


def _fits(run: Run, chosen: Filter, since: datetime | None) -> bool:
    return (
        (chosen.agent is None or fnmatchcase(run.config.agent.spec, chosen.agent))
        and chosen.evaluator in (None, run.config.evaluator.name)
        and (chosen.commit is None or (run.git or "").startswith(chosen.commit))
        and (since is None or ((begun := _read(run.created)) is not None and begun >= since))
    )


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    if (found := _read(text)) is None:
        raise UsageError(f"--since is '{text}', allowed is a date as 2026-01-31, or with a time: 2026-01-31T18:00")
    return found


def _read(text: str) -> datetime | None:
    """Return a moment in ISO 8601, of UTC where it names no zone; None for anything else."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _refuse_unknown(seen: Sequence[Run], evaluator: str | None) -> None:
    """Raise NotFoundError for an evaluator that judged no run here."""
    known = {run.config.evaluator.name for run in seen}
    if evaluator is not None and known and evaluator not in known:
        raise NotFoundError("evaluator", evaluator, known, where="--evaluator")


def guards(summary: Summary, variant: VariantSummary) -> Iterator[str]:
    """Yield in a few words each thing that the figures of a variant should be read beside."""
    if summary.script.scripted:
        yield f"scripted {summary.script.share:.0%}"
    elif summary.script.beyond:
        yield f"seems scripted {summary.script.share:.0%}"
    yield from (f"judge {one}: {told}" for one, told in summary.judge_checks.items() if not told.startswith("fit"))
    yield from filter(is_alarm, drift_lines(summary.calibration)) if summary.calibration else ()
    if variant.coverage is not None and variant.coverage < 1.0:
        yield f"judged {variant.coverage:.0%}"
    if variant.simulator.failed + variant.simulator.broken:
        yield f"simulator failed {variant.simulator.failure_share:.0%}"


def _cells(row: _Row) -> list[str]:
    run, variant, summary = row.listed.run, row.variant, row.listed.summary
    unplayed = f", {row.unplayed} not played" if row.unplayed else ""
    cells = (
        row.listed.where,
        run.created[:16].replace("T", " "),
        run.config.agent.spec,
        " ".join((run.config.evaluator.name, *run.config.evaluator.judges)),
        variant.variant,
        f"{variant.scored}/{variant.planned}",
        f"{row.failed}{unplayed}" if row.failed or unplayed else "0",
        " ".join(mean_and_bounds(variant.metrics.get("composite"), "composite", summary)),
        " ".join(mean_and_bounds(variant.metrics.get("progress"), "progress", summary)[:1]),
        "; ".join(guards(summary, variant)),
        _commit(run.git),
    )
    return list(map(shortened, cells))


def _commit(git: str | None) -> str:
    """Return the start of a revision, with ``+`` where there were changes."""
    return "" if git is None else f"{git[:9]}{'+' if git.endswith('+') and len(git) > 9 else ''}"


def _as_json(row: _Row) -> dict[str, object]:
    run, variant, summary = row.listed.run, row.variant, row.listed.summary
    metrics = {name: metric.model_dump(mode="json") for name, metric in variant.metrics.items()}
    return {
        "run": row.listed.where,
        "id": run.id,
        "created": run.created,
        "agent": run.config.agent.spec,
        "evaluator": run.config.evaluator.name,
        "judges": run.config.evaluator.judges,
        "rubric": run.rubric,
        "variant": variant.variant,
        "planned": variant.planned,
        "scored": variant.scored,
        "failed": row.failed,
        "not_played": row.unplayed,
        "suspended": row.listed.suspended or None,
        "coverage": variant.coverage,
        "metrics": metrics,
        "guards": list(guards(summary, variant)),
        "script": summary.script.model_dump(mode="json"),
        "judge_checks": summary.judge_checks,
        "git": run.git,
    }
