"""The stages of a distillation in their order, and what is run behind the annotation.

Rule: every stage reads the folder that those before it left, keeps what it does there, and goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, NamedTuple, get_args

from empa_graph.models.rubric import Rubric

StageName = Literal["intake", "annotation", "scenarios", "checks"]
STAGES: tuple[StageName, ...] = get_args(StageName)


class Given(NamedTuple):
    """What a stage behind the annotation works on."""

    folder: Path
    rubric: Rubric
    seed: int
    told: Callable[[str], object]
    """Hears now and then how far it is."""


class Done(NamedTuple):
    """What came of a stage."""

    summary: str
    """One line for a terminal."""
    fields: Mapping[str, object]
    """The same and more, as JSON has it."""
    made: int
    """How many it leaves for the next stage; 0 ends the distillation."""


LATER: Mapping[StageName, Callable[[Given], Done]] = {}
"""The stages behind the annotation that there are."""


def known_stages() -> tuple[StageName, ...]:
    """Return the stages that can be run, in their order."""
    return tuple(name for name in STAGES if name in ("intake", "annotation") or name in LATER)


def after_annotation(until: str) -> tuple[StageName, ...]:
    """Return the stages behind the annotation, up to ``until``."""
    places = {str(name): place for place, name in enumerate(STAGES)}
    return tuple(name for name in known_stages()[2:] if places[name] <= places[until])
