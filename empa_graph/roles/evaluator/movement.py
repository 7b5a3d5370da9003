"""From judged items to movement in the latent space. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from empa_graph.models.assessment import Item
from empa_graph.models.latent import LatentState
from empa_graph.models.record import Point
from empa_graph.models.rubric import Rubric, StepSizes

HARM = 2
"""The level of regress that leads beyond the start."""


def increment(items: Sequence[Item], latent: LatentState, rubric: Rubric) -> Point:
    """Return the movement (D,) that the items mean from where the path stands.

    Free movement is the step of the level itself. Bounded movement is the item's share of the whole step where it has
    one, else the step of its level, and stays inside the space: progress on a need ends where the need is met, at the
    target; a let-down (regress 1) takes back what was won, as far as the start; only harm (regress 2) leads beyond it.
    A start that is `supposed` is no bound: nobody knows that the person stood there. Where progress falls, all of this
    is mirrored.
    """
    if rubric.movement == "free":
        by = rubric.steps
        return tuple(by[i.dimension].progress[i.progress] + by[i.dimension].regress[i.regress] for i in items)
    wanted = tuple(
        _moved(item, x, None if latent.supposed else start, target, rubric.steps[item.dimension])
        for item, x, start, target in zip(items, latent.position, latent.start, latent.target, strict=True)
    )
    return tuple(b - a for a, b in zip(latent.position, rubric.space.clamp(wanted), strict=True))


def _moved(item: Item, x: float, start: float | None, target: float, steps: StepSizes) -> float:
    sign = steps.sign  # in the direction of progress all is as where it rises
    won = min(sign * _step(steps.progress, item.progress, item.progress_share), max(0.0, sign * (target - x)))
    lost = sign * _step(steps.regress, item.regress, item.regress_share)
    if start is not None and item.regress < HARM:
        lost = max(lost, min(0.0, sign * (start - x) - won))
    return x + sign * won + sign * lost


def _step(steps: tuple[float, float, float], level: int, share: float | None) -> float:
    return steps[level] if share is None else share * steps[2]
