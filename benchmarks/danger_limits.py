"""The limits from which danger counts as said, or as hinted at: chosen on sums for writers unseen by the weights.

benchmarks/train_danger.py calls this.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from danger_data import Statement

from empa_graph.cues.concepts import phrase_grams

SAID, HINTED = 0.005, 0.03
"""The share of ordinary lines that may be taken for danger said, and for a hint of it."""
PHRASED = 0.0
"""The sum from which danger counts where a phrase of it stands: the model only has to hold it for the likelier."""
NEAR = 0.04
"""The share of what only sounds like danger that may be taken for it, as a mean over the batches, each of a writer."""


class Judged:
    """Statements with their out-of-fold sums (N,), and who is told by what limits."""

    def __init__(self, said: Sequence[Statement], sums: np.ndarray) -> None:
        self.sums, self.kind = sums, np.array([s.kind for s in said])
        self.danger = np.array([s.danger for s in said])
        self.phrased = np.array(["danger" in phrase_grams(s.text) for s in said])
        self.ordinary = np.isin(self.kind, ("card", "corpus")) & ~self.danger

    def told(self, said: float) -> np.ndarray:
        """Return of whom danger is told (N,): from ``said`` on, or from `PHRASED` where a phrase of danger stands."""
        return self.sums > np.where(self.phrased, PHRASED, said)

    def share(self, told: np.ndarray, *, danger: bool) -> float:
        """Return the share that is told, as a mean over the batches, and over the openings of the cards for danger."""
        kinds = [kind for kind in sorted(set(self.kind)) if danger or kind not in ("card", "corpus")]
        groups = [(self.kind == kind) & (self.danger == danger) for kind in kinds]
        return float(np.mean([told[here].mean() for here in groups if here.any()]))

    def limits(self) -> list[float]:
        """Return the limit by which most danger is told, within `NEAR` and `SAID`, that of a hint, and `PHRASED`."""
        fair = (s for s in np.arange(1.0, 9.0, 0.1) if self._fair(self.told(s)))
        return [float(next(fair)), float(np.quantile(self.sums[self.ordinary], 1.0 - HINTED)), PHRASED]

    def _fair(self, told: np.ndarray) -> bool:
        return bool(told[self.ordinary].mean() <= SAID and self.share(told, danger=False) <= NEAR)

    def report(self, limits: Sequence[float]) -> None:
        """Print how many are told, by where they are from."""
        told, hinted = self.told(limits[0]), self.sums > limits[1]
        for kind, danger in product(sorted(set(self.kind)), (True, False)):
            here = (self.kind == kind) & (self.danger == danger)
            name = f"{kind} {'danger' if danger else 'none'}"
            print(f"{name}: said {told[here].sum()}, or hinted {(told | hinted)[here].sum()} of {here.sum()}")
