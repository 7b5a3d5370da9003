"""A gate over some scenarios of a run: what else was played in it decides nothing."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatchcase

from empa_graph.cli.whole_runs import WholeRun
from empa_graph.errors import NotFoundError, UsageError


def scoped(stored: WholeRun, names: Sequence[str], run: str) -> WholeRun:
    """Return the run with the scenarios of ``names`` alone: ids, persona ids, or patterns of ids; all for none.

    Raises NotFoundError for a name of nothing that was planned in the ``run``, UsageError for such a pattern.
    """
    if not names:
        return stored
    planned = {item.scenario for item in stored.run.plan}
    chosen = set[str]().union(*(_named(name, planned, run) for name in names))
    plan = tuple(item for item in stored.run.plan if item.scenario in chosen)
    episodes = tuple(episode for episode in stored.episodes if episode.scenario in chosen)
    suspended = stored.suspended if len(episodes) < len(plan) else ""
    return WholeRun(stored.run.model_copy(update={"plan": plan}), episodes, suspended)


def _named(name: str, planned: set[str], run: str) -> set[str]:
    pattern = bool(set(name) & set("*?"))
    found = {one for one in planned if one == name or one.partition("/")[0] == name}
    found |= {one for one in planned if pattern and fnmatchcase(one, name)}
    if not found and pattern:
        raise UsageError(f"--scenario: no scenario of {run} matches '{name[:200]}'")
    if not found:
        known = planned | {one.partition("/")[0] for one in planned}
        raise NotFoundError("scenario", name, known, where=f"--scenario in {run}")
    return found
