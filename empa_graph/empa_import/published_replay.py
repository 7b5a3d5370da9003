"""A recorded result as an episode: increments and score are computed anew from the recorded levels.

Rule: what the recording notes of the path is compared with ours and counted, never taken over.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from empa_graph.empa_import.cards import Stated
from empa_graph.empa_import.import_report import Compared, Comparison, Missing
from empa_graph.empa_import.results import Judgement, Recording
from empa_graph.episode.score import scored
from empa_graph.episode.start import initial_deficit
from empa_graph.episode.stop import verdict
from empa_graph.errors import ContentError
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.episode import Ending, Episode
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.record import Point
from empa_graph.models.rubric import Rubric
from empa_graph.models.stop_rule import EnergyStop, Verdict
from empa_graph.roles.evaluator.movement import increment
from empa_graph.scoring.epm import decimal, physics
from empa_graph.scoring.epmq import zone_distance

RECORDED = "recorded"
NOT_RECORDED = "not_recorded"
TOLERANCE = 0.005 + 1e-9
"""Recordings round to 2 decimals."""
TOLERANCE_OF_ALIGNMENT = 0.00005 + 1e-9
"""And cosines to 4."""
LONGEST_REASON = 80
"""Characters of a termination reason from which it is a story and names no ending."""
_ENDINGS: Mapping[str, Verdict] = {
    "geometric": "success_geometric",
    "positional": "success_positional",
    "collapse": "collapsed",
    "oscillation": "oscillated",
    "stagnation": "stagnated",
    "max_turns": "max_turns",
}


class Account(NamedTuple):
    """What the report says of an episode: how far the recording was complete, and how far it agrees with ours."""

    not_recorded: int
    """Judgements that were due and never arrived."""
    comparison: Comparison


class Replayed(NamedTuple):
    """An episode and what the report says of it."""

    episode: Episode
    account: Account


def replayed(
    recording: Recording,
    *,
    scenario: str,
    agent: str,
    levels: Stated,
    rubric: Rubric,
    missing: Missing = "failure",
    profile: str = "balanced",
) -> Replayed:
    """Follow the recorded levels from the deficit of ``levels`` and score the path.

    Raises ContentError where every initial level is 0.
    """
    latent = _path(recording, _opening(recording, levels, rubric), rubric, missing)
    result = scored(latent, rubric.stop, profile)
    end = ending(recording.ended)
    episode = Episode(
        scenario=scenario,
        agent=agent,
        variant=agent,
        evaluator=RECORDED,
        rubric=rubric.id,
        voice=RECORDED,
        repeat=0,
        seed=0,
        messages=recording.messages,
        latent=latent,
        persona_state=None,
        ending=end,
        score=result.score,
        unscored=result.unscored,
        faults=tuple(step.failure for step in latent.steps if step.failure is not None),
    )
    arrived = sum(judgement.items is not None for judgement in recording.judgements.values())
    due = sum(step.due for step in latent.steps)
    comparison = _comparison(recording, latent, rubric, end)
    return Replayed(episode, Account(due - arrived, comparison))


def ending(reason: str) -> Ending:
    """Return the ending that a termination reason names; ``recorded`` where it names none or several."""
    words = "_".join("".join(c if c.isalnum() else " " for c in reason.lower()).split())
    named = {kind for word, kind in _ENDINGS.items() if word in words}
    return named.pop() if len(named) == 1 and len(reason) <= LONGEST_REASON else "recorded"


def judged_every(turns: Sequence[int], last: int) -> int:
    """Return K where judgements stand at every K-th turn of ``last``, a further one at the end allowed; else 1.

    Takes at least two regular judgements to call a K above 1 regular.
    """
    regular = sorted(turns)
    if len(regular) > 2 and regular[-1] == last and math.gcd(*regular) == 1:
        regular = regular[:-1]
    return math.gcd(*regular) if len(regular) > 1 else 1


def _opening(recording: Recording, levels: Stated, rubric: Rubric) -> LatentState:
    start = initial_deficit(rubric, levels)
    deficit = math.hypot(*start)
    if not deficit:
        raise ContentError(f"{recording.file}: every initial level is 0; there is no deficit to work on")
    share = rubric.stop.alpha if isinstance(rubric.stop, EnergyStop) else 0.1
    target = (0.0,) * len(start)
    return LatentState.opening(dimensions=rubric.space.names, start=start, target=target, radius=share * deficit)


def _path(recording: Recording, latent: LatentState, rubric: Rubric, missing: Missing) -> LatentState:
    judged = [turn for turn in recording.judgements if turn]
    every = judged_every(judged, recording.turns)
    idle = tuple(Item(dimension=name, progress=0, regress=0) for name in rubric.space.names)
    for turn in range(1, recording.turns + 1):
        found = recording.judgements.get(turn)
        items = found.items if found else None
        if found is None and turn % every:
            step = Step(turn=turn, increment=None, due=False)
        elif items is None and missing == "failure":
            step = Step(turn=turn, increment=None, failure=_not_recorded(turn))
        else:
            items = found.as_zeros if found else idle
            assessment = Assessment(evaluator=RECORDED, items=items)
            step = Step(turn=turn, increment=increment(items, latent, rubric), assessment=assessment)
        latent = latent.extended(step)
    return latent


def _not_recorded(turn: int) -> Failure:
    detail = "the recording holds no levels for this turn"
    return Failure(turn=turn, blame="evaluator", kind=NOT_RECORDED, detail=detail)


def _comparison(recording: Recording, latent: LatentState, rubric: Rubric, end: Ending) -> Comparison:
    gaps: dict[str, list[float]] = {}
    for name, ours, theirs in _pairs(recording, latent):
        gaps.setdefault(name, []).append(_gap(ours, theirs))
    found = {name: _compared(name, apart) for name, apart in gaps.items()}
    if end != "recorded":
        found["ending"] = Compared(compared=1, different=int(end != verdict(latent, rubric.stop)))
    if recording.total_turns is not None:
        gap = _gap((float(recording.turns),), (recording.total_turns,))
        found["total_turns"] = _compared("total_turns", [gap])
    return found


def _pairs(recording: Recording, latent: LatentState) -> Iterator[tuple[str, Point, Point]]:
    """Yield each noted quantity: its name, ours and theirs; ours as published runs round it."""
    increments = np.array([step.increment for step in latent.judged]).reshape(-1, len(latent.dimensions))
    ours = physics(latent.start, increments, rounded=True)
    positions = latent.positions
    apart = decimal(zone_distance(ours.positions), 2)
    for turn, judgement in sorted(recording.judgements.items()):
        at = sum(step.increment is not None for step in latent.steps[:turn])
        noted = judgement.noted
        whole_path = {"E_total": ours.total, "projection": ours.projection, "P_norm": ours.distance}
        whole_path["distance"] = apart
        if noted.position is not None:
            yield "P_t", positions[at], noted.position
        for name, values in whole_path.items():
            if name in noted.numbers:
                yield name, (float(values[at]),), (noted.numbers[name],)
        if turn and latent.steps[turn - 1].increment is not None:
            yield from _moves(judgement, positions[at - 1 : at + 1], ours.energy[at - 1], ours.alignment[at - 1])


def _moves(
    judgement: Judgement, places: Sequence[Point], energy: float, alignment: float
) -> Iterator[tuple[str, Point, Point]]:
    noted = judgement.noted
    if noted.increment is not None:
        yield "v_t", tuple(b - a for a, b in zip(*places, strict=True)), noted.increment
    for name, ours in (("delta_E", energy), ("alignment", alignment)):
        if name in noted.numbers:
            yield name, (float(ours),), (noted.numbers[name],)


def _gap(ours: Point, theirs: Point) -> float:
    """Return the largest distance on one axis; what is recorded as no number is infinitely far."""
    apart = [abs(a - b) for a, b in zip(ours, theirs, strict=True)]
    return max(apart) if all(map(math.isfinite, apart)) else math.inf


def _compared(name: str, gaps: Sequence[float]) -> Compared:
    tolerance = TOLERANCE_OF_ALIGNMENT if name == "alignment" else TOLERANCE
    return Compared(
        compared=len(gaps),
        different=sum(gap > tolerance for gap in gaps),
        largest=max((gap for gap in gaps if math.isfinite(gap)), default=0.0),
    )
