"""Recordings made of bare levels, as replays read them."""

from __future__ import annotations

from collections.abc import Sequence

from empa_graph.content.library import load_rubric
from empa_graph.episode.start import initial_deficit
from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.roles.evaluator.movement import increment

EPM = load_rubric("epm")
AXES = EPM.space.names
Levels = Sequence[tuple[int, int]]
"""Progress and regress per axis."""


def items(levels: Levels) -> tuple[Item, ...]:
    return tuple(
        Item(dimension=axis, progress=int(up), progress_evidence="x" * bool(up), regress=int(down))
        for axis, (up, down) in zip(AXES, levels, strict=True)
    )


def judged(turn: int, levels: Levels | None) -> Step:
    if levels is None:
        failure = Failure(turn=turn, blame="evaluator", kind="judge_invalid", detail="not recorded")
        return Step(turn=turn, increment=None, failure=failure)
    said = items(levels)
    latent = LatentState.opening(dimensions=AXES, start=(-1.0,) * 3, target=(0.0,) * 3, radius=1.0)
    return Step(
        turn=turn,
        increment=increment(said, latent, EPM),
        assessment=Assessment(evaluator="recorded", items=said),
    )


def recording(
    initial: Sequence[int], turns: Sequence[Levels | None], *, case: str = "case", agent: str = "a"
) -> Episode:
    names = [indicator.id for indicator in EPM.initial]
    start = initial_deficit(EPM, dict(zip(names, map(int, initial), strict=True)))
    latent = LatentState.opening(dimensions=AXES, start=start, target=(0.0,) * 3, radius=1.0)
    for turn, levels in enumerate(turns, start=1):
        latent = latent.extended(judged(turn, levels))
    return Episode(
        scenario=case,
        agent=agent,
        variant="recorded",
        evaluator="recorded",
        rubric="epm",
        voice="recorded",
        repeat=0,
        seed=0,
        messages=(),
        latent=latent,
        persona_state=None,
        ending="recorded",
        score=None,
        unscored="not replayed yet",
    )
