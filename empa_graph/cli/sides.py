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
from empa_graph.run.place import RunPlace, is_url, refuse_absent


class Side(NamedTuple):
    """One variant of one run as it was typed."""

    label: str
    """The name before ``=``; empty without one."""
    place: RunPlace
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
    """Return the chosen variants, by default all, of the runs ``typed`` as RUN or NAME=RUN, in folders or databases.

    Raises UsageError (no run, not comparable with the first), ContentError.
    """
    named = [(label, RunPlace(run, store)) for label, run in map(_named, typed)]
    places = list(dict.fromkeys(place for _, place in named))
    refuse_absent(places)
    for other in places[1:]:
        refuse_incomparable(places[0], other)
    return [side for label, place in named for side in _sides(label, place, variants)]


def _named(word: str) -> tuple[str, str]:
    """Split ``NAME=RUN``; a path or a URL that holds a ``=`` itself is one."""
    name, equals, run = word.partition("=")
    whole = not (equals and run) or is_url(name) or (not is_url(run) and Path(word).exists())
    return ("", word) if whole else (shortened(name), run)


def _sides(label: str, place: RunPlace, variants: Sequence[str]) -> list[Side]:
    run = whole_run(place)
    known = run.run.config.suite.variants
    for variant in variants:
        if variant not in known:
            raise NotFoundError("variant", variant, known, where=str(place))
    script = run_script(run.episodes)
    chosen = tuple(dict.fromkeys(variants)) or known
    return [Side(label, place, run, script, variant, len(chosen) == 1) for variant in chosen]


def side_names(sides: Sequence[Side]) -> list[str]:
    """Return the shortest names that tell all apart. Raises UsageError where one side stands there twice."""
    typed = [side.label if side.alone or not side.label else f"{side.label}, {side.variant}" for side in sides]
    for scheme in ("{variant}", "{agent}", "{agent}, {variant}", "{place}", "{place}, {variant}"):
        names = [name or _filled(scheme, side) for name, side in zip(typed, sides, strict=True)]
        if len(set(names)) == len(names):
            return names
    twice = next(name for name, count in Counter(names).items() if count > 1)
    raise UsageError(f"'{twice}' stands there twice; name each run once, or give names: base=RUN tuned=RUN")


def _filled(scheme: str, side: Side) -> str:
    agent = shortened(side.run.run.config.agent.spec)
    return one_line(scheme.format(variant=side.variant, agent=agent, place=side.place))
