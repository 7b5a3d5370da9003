"""What the perturbations came to: shift of the energy, rates of decrease and tie, beside the paper's figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from empa_graph.models.record import Record, Unit
from empa_graph.scoring.statistics import mean_interval, paired_difference
from empa_graph.study.perturb.trial import VARIANTS, Kind, Pair

TIE = 1e-9
"""Shifts up to this are ties: what rounding leaves between equal increments."""
ALL = "all"


class Published(NamedTuple):
    """Shares of pairs that the paper reports for a perturbation."""

    decrease: float
    tie: float


PAPER: dict[Kind, Published] = {"flip": Published(0.725, 0.032), "sycophancy": Published(0.816, 0.031)}
"""arXiv 2603.00552, section 4."""


class Shift(Record):
    """One perturbation under one evaluator. Every scenario weighs the same in all means and shares.

    Energies are in the rubric's units of the latent space. Without any pair the numbers are None.
    """

    kind: Kind
    variant: str
    pairs: int
    scenarios: int
    dropped: dict[str, int]
    """Pairs without a number, by cause."""
    before: float | None = None
    after: float | None = None
    shift: float | None = None
    low: float | None = None
    high: float | None = None
    """The 95% interval of ``shift`` over scenarios; None with one scenario."""
    p_value: float | None = None
    """Two-sided, paired: random sign flips of whole scenarios' mean shifts."""
    decrease: Unit | None = None
    decrease_low: Unit | None = None
    decrease_high: Unit | None = None
    tie: Unit | None = None
    increase: Unit | None = None


def shifts(pairs: Sequence[Pair], *, seed: int) -> tuple[Shift, ...]:
    """Return one row per variant, and one over all hollow replies; the two flips are not put together."""
    rows = []
    for kind, variants in VARIANTS.items():
        of_kind = [pair for pair in pairs if pair.kind == kind]
        if not of_kind:
            continue
        if kind == "sycophancy":
            rows.append(shift(kind, ALL, of_kind, seed=seed))
        rows += [shift(kind, name, [p for p in of_kind if p.variant == name], seed=seed) for name in variants]
    return tuple(rows)


def shift(kind: Kind, variant: str, pairs: Sequence[Pair], *, seed: int) -> Shift:
    """Summarise ``pairs``; those with a missing judgement are counted by cause and left out."""
    dropped = Counter(pair.missing for pair in pairs if pair.missing is not None)
    kept = [(p.scenario, p.before, p.after) for p in pairs if p.before is not None and p.after is not None]
    names = [name for name, _, _ in kept]
    row = Shift(kind=kind, variant=variant, pairs=len(kept), scenarios=len(set(names)), dropped=dict(dropped))
    if not kept:
        return row
    before, after = [b for _, b, _ in kept], [a for _, _, a in kept]
    found = paired_difference(before, after, names, seed=seed)
    moved = [b - a for _, a, b in kept]
    decrease = mean_interval([m < -TIE for m in moved], names, seed=seed, within=(0.0, 1.0))
    return row.model_copy(
        update={
            "before": mean_interval(before, names, seed=seed).mean,
            "after": mean_interval(after, names, seed=seed).mean,
            "shift": found.difference,
            "low": found.interval.low if found.interval else None,
            "high": found.interval.high if found.interval else None,
            "p_value": found.p_value,
            "decrease": decrease.mean,
            "decrease_low": decrease.interval.low if decrease.interval else None,
            "decrease_high": decrease.interval.high if decrease.interval else None,
            "tie": mean_interval([abs(m) <= TIE for m in moved], names, seed=seed).mean,
            "increase": mean_interval([m > TIE for m in moved], names, seed=seed).mean,
        }
    )
