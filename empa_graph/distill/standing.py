"""Which value of a variable stands where several were given: what was settled, else people's, else a machine's.

Rule: people who differ make a variable open until it is settled; no machine decides between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median_low

from empa_graph.distill.mark_tables import Settled
from empa_graph.distill.marks import OFFLINE, Mark, Variable, is_person, variables
from empa_graph.models.latent import Space

NEAR = 0.1
"""Positions no further apart than this share of a dimension's anchors count as agreed."""


def standing(marks: Iterable[Mark], settled: Iterable[Settled], space: Space) -> tuple[Mark, ...]:
    """Return what stands of the current ``marks`` of one conversation, in the order of the variables of ``space``.

    A settled value before all. Else, where people marked, their value if they agree: the same one, or positions within
    `NEAR` of the anchors' width, of which the median stands (the lower of two); where they do not, nothing. Else a
    model's, the later of several, and at last that of the offline axes.
    """
    by_variable: dict[str, list[Mark]] = {}
    for mark in marks:
        by_variable.setdefault(mark.variable, []).append(mark)
    fixed = {one.variable: one.mark for one in settled}
    wide = widths(space)
    found = (
        fixed.get(variable.id) or _of(variable, by_variable.get(variable.id, []), wide.get(variable.id, 1.0))
        for variable in variables(space)
    )
    return tuple(mark for mark in found if mark is not None)


def widths(space: Space) -> dict[str, float]:
    """Return how far the outermost anchors of each start and end lie apart, by the id of the variable."""
    return {
        f"{time}.{one.id}": max(one.anchors) - min(one.anchors) for time in ("start", "end") for one in space.dimensions
    }


def agreed(variable: Variable, marks: Sequence[Mark], width: float) -> Mark | None:
    """Return the mark that stands for all of people's ``marks`` of one variable, or None where they do not agree."""
    if variable.scale != "interval":
        return marks[-1] if all(mark.value == marks[0].value for mark in marks) else None
    values = [float(mark.value) for mark in marks if isinstance(mark.value, int | float)]
    if max(values) - min(values) > NEAR * width + 1e-9:
        return None
    middle = median_low(values)
    return next(mark for mark in marks if mark.value == middle)


def _of(variable: Variable, marks: Sequence[Mark], width: float) -> Mark | None:
    if people := [mark for mark in marks if is_person(mark.annotator)]:
        return agreed(variable, people, width)
    models = [mark for mark in marks if mark.annotator != OFFLINE]
    machines = models or marks
    return machines[-1] if machines else None
