"""In what the plans of two runs differ: scenarios that one of them plays alone, and the seeds of shared repeats."""

from __future__ import annotations

from collections.abc import Iterator

from empa_graph.models.run import Run
from empa_graph.report.manifest_fields import OTHER, Difference


def _played(run: Run) -> dict[str, None]:
    return dict.fromkeys(item.scenario for item in run.plan)


def shared(a: Run, b: Run) -> list[str]:
    """Return the scenarios that both play, in the order of ``a``."""
    theirs = _played(b)
    return [scenario for scenario in _played(a) if scenario in theirs]


def scenarios_in_common(a: Run, b: Run) -> Iterator[Difference]:
    """Yield one difference where no scenario is played in both."""
    if not shared(a, b):
        yield Difference(
            field="scenarios", left=len(_played(a)), right=len(_played(b)), why="no scenario is played in both"
        )


def scenarios_apart(a: Run, b: Run) -> Iterator[Difference]:
    """Yield one difference where some scenarios are played in both, and others in one alone."""
    both = len(shared(a, b))
    if both and _played(a).keys() != _played(b).keys():
        why = f"{both} are played in both; compare over these"
        yield Difference(field="scenarios", left=len(_played(a)), right=len(_played(b)), why=why)


def seeds(a: Run, b: Run) -> Iterator[Difference]:
    """Yield one difference where runs of one seed give the same repeat of a scenario different seeds."""
    ours, theirs = _repeats(a), _repeats(b)
    moved = [key for key in ours.keys() & theirs.keys() if ours[key] != theirs[key]]
    if moved and a.config.suite.seed == b.config.suite.seed:
        scenario, repeat = min(moved)
        yield Difference(
            field=f"plan.{scenario}.{repeat}.seed",
            left=ours[min(moved)],
            right=theirs[min(moved)],
            why=f"seeds of {len(moved)} shared repeats differ: {OTHER['suite.seed'].partition(': ')[2]}",
        )


def _repeats(run: Run) -> dict[tuple[str, int], int]:
    return {(item.scenario, item.repeat): item.seed for item in run.plan}
