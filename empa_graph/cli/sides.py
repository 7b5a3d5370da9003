"""Variants of runs that stand beside each other, each with the name it goes by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from empa_graph.cli.plain import one_line, shortened
from empa_graph.cli.whole_runs import WholeRun, refuse_incomparable, whole_run
from empa_graph.cues.script import run_script
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.script_finding import ScriptFinding
from empa_graph.store.folder import refuse_missing


class Side(NamedTuple):
    """One variant of one run as it was typed."""

    label: str
    """The name before ``=``; empty without one."""
    path: Path
    run: WholeRun
    script: ScriptFinding
    variant: str
    alone: bool
    """Whether no other variant of this run stands beside it."""

    @property
    def episodes(self) -> list[Episode]:
        """The stored episodes of the variant."""
        return [episode for episode in self.run.episodes if episode.variant == self.variant]


def sides_of(typed: Sequence[str], variants: Sequence[str], store: str | None) -> list[Side]:
    """Return the chosen variants, by default all, of the runs ``typed`` as RUN or NAME=RUN.

    Raises UsageError (no run, not comparable with the first), ContentError.
    """
    named = [_named(word) for word in typed]
    paths = list(dict.fromkeys(path for _, path in named))
    refuse_missing(*paths)
    for other in paths[1:]:
        refuse_incomparable(paths[0], other, store)
    return [side for label, path in named for side in _sides(label, path, variants, store)]


def _named(word: str) -> tuple[str, Path]:
    """Split ``NAME=RUN``; a path that holds a ``=`` itself is one."""
    name, equals, path = word.partition("=")
    return (shortened(name), Path(path)) if equals and path and not Path(word).exists() else ("", Path(word))


def _sides(label: str, path: Path, variants: Sequence[str], store: str | None) -> list[Side]:
    run = whole_run(path, store)
    known = run.run.config.suite.variants
    for variant in variants:
        if variant not in known:
            raise NotFoundError("variant", variant, known, where=str(path))
    script = run_script(run.episodes)
    chosen = tuple(dict.fromkeys(variants)) or known
    return [Side(label, path, run, script, variant, len(chosen) == 1) for variant in chosen]


def side_names(sides: Sequence[Side]) -> list[str]:
    """Return the shortest names that tell all apart. Raises UsageError where one side stands there twice."""
    typed = [side.label if side.alone or not side.label else f"{side.label}, {side.variant}" for side in sides]
    for scheme in ("{variant}", "{agent}", "{agent}, {variant}", "{path}", "{path}, {variant}"):
        names = [name or _filled(scheme, side) for name, side in zip(typed, sides, strict=True)]
        if len(set(names)) == len(names):
            return names
    twice = next(name for name, count in Counter(names).items() if count > 1)
    raise UsageError(f"'{twice}' stands there twice; name each run once, or give names: base=RUN tuned=RUN")


def _filled(scheme: str, side: Side) -> str:
    agent = shortened(side.run.run.config.agent.spec)
    return one_line(scheme.format(variant=side.variant, agent=agent, path=side.path))
