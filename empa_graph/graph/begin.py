"""The first node of an episode: from plain input to the start state."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import reduce
from typing import Any, TypeVar

from langgraph.types import Overwrite
from pydantic import ValidationError

from empa_graph.content.library import find_scenarios
from empa_graph.episode.start import opening
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.graph.state import EpisodeInput, Lengths, SandboxState
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Scenario
from empa_graph.models.record import Record
from empa_graph.models.rubric import Rubric
from empa_graph.models.turn_record import TurnRecord
from empa_graph.roles.empathic.instructions import VARIANTS, instructions

_R = TypeVar("_R", bound=Record)


async def begin(state: EpisodeInput, *, rubric: Rubric) -> SandboxState:
    """Write the start state; that also empties what an earlier episode of its thread left.

    Raises UsageError for an unknown scenario or variant, ContentError for a scenario that does not say what the
    rubric starts from.
    """
    given = state.get("scenario")
    # Cards lie in files, and nothing in the loop may block.
    scenario = await asyncio.to_thread(_scenario, given) if isinstance(given, str) else _scenario(given)
    start = state.get("opening")
    latent = opening(rubric, scenario) if start is None else _record(LatentState, start, "opening")
    turns = [_record(TurnRecord, turn, f"finished[{n}]") for n, turn in enumerate(state.get("finished") or ())]
    return _started(state, scenario, latent, turns)


def _started(
    state: EpisodeInput, scenario: Scenario | None, latent: LatentState, turns: Sequence[TurnRecord]
) -> SandboxState:
    lists: dict[str, list[Any]] = {
        name: [entry for turn in turns for entry in getattr(turn, name)] for name in ("messages", "notes", "directives")
    }
    whole: Any = {
        "scenario": scenario,
        "seed": _seed(state.get("seed", 0)),
        "instructions": _instructions(state, scenario),
        "finished": [],
        "opening": None,
        **{name: Overwrite(entries) for name, entries in lists.items()},
        "persona_state": turns[-1].persona_state if turns else None,
        "latent": reduce(LatentState.extended, (turn.step for turn in turns), latent),
        "ended": Lengths(steps=len(turns), **{name: len(entries) for name, entries in lists.items()}),
        "ending": None,
        "failure": None,
        "score": None,
        "unscored": None,
    }
    return whole  # type: ignore[no-any-return]  # Overwrite stands in the place of a channel's value


def _scenario(given: object) -> Scenario | None:
    if given is None or isinstance(given, Scenario):
        return given
    if isinstance(given, str):
        return find_scenarios([given])[0]
    return _record(Scenario, given, "scenario")


def _instructions(state: EpisodeInput, scenario: Scenario | None) -> str:
    given, variant = state.get("instructions"), state.get("variant", "baseline")
    if given is not None:
        return given
    if variant not in VARIANTS:  # a file may be named on the command line, never in a graph's input
        raise NotFoundError("variant", str(variant), VARIANTS)
    return instructions(variant, scenario) if scenario else ""


def _seed(given: object) -> int:
    if isinstance(given, bool) or not isinstance(given, int):
        raise UsageError(f"seed is {given!r:.50}, allowed is a whole number")
    return given


def _record(kind: type[_R], given: object, where: str) -> _R:
    """Return ``given`` as a record of ``kind``. Raises UsageError with its first fault."""
    if isinstance(given, kind):
        return given
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, (where, *fault["loc"])))
        raise UsageError(f"{place}: {fault['msg']}") from None
