"""How far the annotators of a distill folder agree on each variable, and what is left to settle."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from empa_graph.distill.mark_tables import Settled
from empa_graph.distill.marks import Mark, Value, Variable, is_person, variables
from empa_graph.distill.standing import NEAR, widths
from empa_graph.models.latent import Space
from empa_graph.study.annotators.alpha import Alpha, alpha
from empa_graph.study.annotators.distances import Kappa, Measure, distances, kappas


class Agreement(NamedTuple):
    """How far annotators agree on one variable."""

    variable: Variable
    alpha: Alpha
    kappas: tuple[Kappa, ...]
    """Of each pair, where the variable is ordinal."""

    @property
    def told(self) -> tuple[str, str, str, str, str, str, str]:
        """As a table shows it: variable, scale, n, alpha, its 95% interval, kappa (lowest to highest), a note."""
        value, low, high = self.alpha.value, self.alpha.low, self.alpha.high
        bounds = "" if low is None or high is None else f"{low:.2f} to {high:.2f}"
        kappas = sorted(kappa.value for kappa in self.kappas if kappa.value is not None)
        kappa = "" if not kappas else f"{kappas[0]:.2f}" + (f" to {kappas[-1]:.2f}" if len(kappas) > 1 else "")
        why = (self.alpha.reason or "") if value is None or low is None else ""
        alpha_ = "-" if value is None else f"{value:.2f}"
        return self.variable.id, self.variable.scale, str(self.alpha.n), alpha_, bounds, kappa, why


class Disagreement(NamedTuple):
    """Values of one variable of one conversation that differ; ``size`` is the largest distance, as a share."""

    conversation: str
    variable: str
    size: float
    given: dict[str, Value]
    """By annotator."""


def agreements(marks: Iterable[Mark], space: Space, *, machines: bool = False) -> tuple[Agreement, ...]:
    """Return the agreement of people on each variable in their order; with ``machines`` these count as annotators.

    ``marks`` are those that were made before others' were seen (`MarkStore.marks` with ``independent``).
    """
    given = _given(marks, machines=machines)
    found = []
    for variable in variables(space):
        measure, of = measured(variable, space), given[variable.id]
        value = alpha(measure, [list(one.values()) for one in of.values()])
        found.append(Agreement(variable, value, kappas(measure, of) if variable.scale == "ordinal" else ()))
    return tuple(found)


def disagreements(
    marks: Iterable[Mark], settled: Sequence[Settled], space: Space, *, machines: bool = False
) -> tuple[Disagreement, ...]:
    """Return what is to be settled, the largest first: current values that do not agree by the rule of `standing`."""
    given = _given(marks, machines=machines)
    done = {(one.conversation, one.variable) for one in settled}
    found = [
        Disagreement(one.conversation, variable.id, one.size, one.given)
        for variable in variables(space)
        for one in distances(measured(variable, space), given[variable.id])
        if (one.conversation, variable.id) not in done and (variable.scale != "interval" or one.size > NEAR + 1e-9)
    ]
    return tuple(sorted(found, key=lambda one: -one.size))


def measured(variable: Variable, space: Space) -> Measure:
    """Return what distances of a variable are measured by; positions by the width of their dimension's anchors."""
    if variable.scale == "interval":
        return Measure("interval", (), widths(space)[variable.id])
    if variable.scale == "ordinal" and variable.bounds is not None:
        low, high = variable.bounds
        return Measure("ordinal", tuple(float(level) for level in range(int(low), int(high) + 1)))
    return Measure(variable.scale, variable.allowed)


def _given(marks: Iterable[Mark], *, machines: bool) -> dict[str, dict[str, dict[str, Value]]]:
    """Return by variable and conversation what each annotator gave."""
    found: dict[str, dict[str, dict[str, Value]]] = defaultdict(lambda: defaultdict(dict))
    for mark in marks:
        if machines or is_person(mark.annotator):
            found[mark.variable][mark.conversation][mark.annotator] = mark.value
    return found
