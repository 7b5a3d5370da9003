"""When a path of the Empathy Potential Model ends: success, the last turn, collapse, oscillation, stagnation.

The rules stand in this order in `Kind`, and the first that holds decides. `standing` looks at the end of one path
while it is played; `stops` finds the first turn at which a rule holds in a batch of finished paths.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from empa_graph.scoring.epm import Paths, decimal, energies, escape, one_path, pieces, positions, running
from empa_graph.scoring.space import ROUND_OFF, Array, dot, norm

Kind = Literal[
    "continue", "success_geometric", "success_positional", "max_turns", "collapse", "oscillation", "stagnation"
]
KINDS: tuple[Kind, ...] = get_args(Kind)

FLAT_OVER, FLAT_WITHIN = 5, 0.5
"""Stagnation: the standard deviation of |P| over so many turns is below this."""
REGRESS_OVER, REGRESS_SHARE, REGRESS_SUM = 8, 0.7, -1.0
"""Stagnation: of so many turns more than this share lose energy, and their dE sum to less than this."""

Index = NDArray[np.intp]
Truth = NDArray[np.bool_]


@dataclass(frozen=True)
class StopProfile:
    """Where an episode ends; turns count from 1.

    ``alpha`` times r_0 is the distance that counts as arrived. ``rounded`` compares values as the published runs
    record them: v* to 4 decimals, r_0, thresholds and compared quantities to 2.
    """

    alpha: float
    rounded: bool
    min_turns: int = 12
    """No rule but the last turn's holds before."""
    max_turns: int = 45
    collapse_after: int = 5
    """So many judged turns in a row with dE < 0 are a collapse."""
    oscillation_window: int = 12
    oscillation_least: float = 30.0
    """The path over the window, in |v|_1, is at least as long."""
    oscillation_most: float = 2.0
    """The first and the last position in the window are at most so far apart, in |.|_1."""
    stagnation: bool = False

    def __post_init__(self) -> None:
        amounts = (self.alpha, self.oscillation_least, self.oscillation_most)
        if not all(math.isfinite(amount) and amount >= 0.0 for amount in amounts):
            raise ValueError(f"alpha and oscillation bounds are {amounts}, allowed are finite numbers of at least 0")
        counts = (self.min_turns, self.max_turns, self.collapse_after, self.oscillation_window)
        if min(counts) < 1:
            raise ValueError(f"turns and windows are {counts}, allowed is 1 or more")


PROFILES = {"published": StopProfile(0.1, True), "paper": StopProfile(0.05, False)}
"""The rules that replay the published runs, and those of the paper's text (arXiv 2603.00552, section 8)."""


class Stops(NamedTuple):
    """Where N paths end: the judged turn (N,) and the kind (N,); the last turn of a path that continues."""

    turn: Index
    kind: NDArray[np.str_]


class _Course(NamedTuple):
    """What the rules compare, of paths: sums and positions over t = 0 .. T."""

    deficit: Array
    heading: Array
    places: Array
    total: Array
    losses: Array
    """Turns with dE < 0 so far."""
    travelled: Array
    """Sum of |v|_1 so far."""


def standing(start: ArrayLike, increments: ArrayLike, *, rules: StopProfile, turn: int | None = None) -> Kind:
    """Say how the path from ``start`` (3,) by ``increments`` (T, 3) stands after its last judged turn.

    ``turn`` is the dialogue turn of that judgement; above T when judgements are missing, T by default. Rules over
    several turns look at judged ones. Raises ValueError where P_0 = 0 or ``turn`` is below T.
    """
    paths = one_path(start, increments)
    judged = paths.increments.shape[1]
    if turn is not None and turn < judged:
        raise ValueError(f"turn is {turn}, allowed is {judged} or more: so many turns are judged")
    number = np.array([judged if turn is None else turn])
    return KINDS[int(_codes(_course(paths, rules), np.array([judged]), number, rules)[0, 0])]


def stops(starts: ArrayLike, increments: ArrayLike, lengths: ArrayLike, *, rules: StopProfile) -> Stops:
    """Return the first turn at which a rule holds, for paths (N, 3) by (N, T, 3) with ``lengths`` (N,).

    Each row stops where `standing`, asked turn by turn, first says other than "continue". Raises ValueError where
    P_0 = 0.
    """
    found = [_first(paths, rules) for _, paths in pieces(starts, increments, lengths)]
    codes = np.concatenate([codes for _, codes in found])
    return Stops(np.concatenate([turns for turns, _ in found]), np.array(KINDS)[codes])


def _first(paths: Paths, rules: StopProfile) -> tuple[Index, Index]:
    """Return the turn and the code of the first rule that holds, (N,) each."""
    turns = np.arange(min(rules.min_turns, rules.max_turns), paths.increments.shape[1] + 1)
    if not turns.size or not len(paths.lengths):
        return paths.lengths, np.zeros_like(paths.lengths)
    codes = _codes(_course(paths, rules), turns, turns, rules)
    codes[turns > paths.lengths[:, None]] = 0
    first = np.argmax(codes > 0, axis=1)
    code = codes[np.arange(len(codes)), first]
    return np.where(code > 0, turns[first], paths.lengths), code


def _course(paths: Paths, rules: StopProfile) -> _Course:
    way = escape(paths, rounded=rules.rounded)
    energy = energies(paths, way)
    places = positions(paths)
    lost = ((decimal(energy, 2) if rules.rounded else energy) < 0.0).astype(np.float64)
    travelled = running(reduce(np.add, np.moveaxis(np.abs(paths.increments), 2, 0)))
    return _Course(way.deficit, way.heading, places, running(energy), running(lost), travelled)


def _codes(course: _Course, judged: Index, turn: Index, rules: StopProfile) -> Index:
    """Return the place in `KINDS` of the first rule that holds after so many ``judged`` turns (K,), (N, K)."""
    near, success = _success(course, judged, rules)
    late = turn >= rules.min_turns
    found: Index = np.zeros(success.shape, dtype=np.intp)
    # The last to be written is the first of the rules.
    if rules.stagnation:
        found[late & _stagnation(course, judged)] = KINDS.index("stagnation")
    found[late & _oscillation(course, judged, rules)] = KINDS.index("oscillation")
    lost = _over(course.losses, judged, rules.collapse_after) == rules.collapse_after
    found[late & (judged >= rules.collapse_after) & lost] = KINDS.index("collapse")
    found[:, turn >= rules.max_turns] = KINDS.index("max_turns")
    found[late & success] = KINDS.index("success_positional")
    found[late & success & near] = KINDS.index("success_geometric")
    return found


def _success(course: _Course, judged: Index, rules: StopProfile) -> tuple[Truth, Truth]:
    """Whether |P_k| is small enough, and whether the path has arrived at all, (N, K) each."""
    here = course.places[:, judged]
    distance, ahead = norm(here), dot(here, course.heading[:, None])
    energy, rim = course.total[:, judged], rules.alpha * course.deficit[:, None]
    if rules.rounded:
        distance, ahead, energy, rim = (decimal(values, 2) for values in (distance, ahead, energy, rim))
    slack = _slack(course, judged, rules)
    near: Truth = distance <= rim + slack
    return near, (near | (ahead >= -rim - slack)) & (energy >= course.deficit[:, None] - slack)


def _oscillation(course: _Course, judged: Index, rules: StopProfile) -> Truth:
    window = rules.oscillation_window
    before = course.places[:, np.maximum(judged - window + 1, 0)]
    apart = np.abs(course.places[:, judged] - before).sum(axis=2)
    travelled = _over(course.travelled, judged, window)
    if rules.rounded:
        apart, travelled = decimal(apart, 2), decimal(travelled, 2)
    slack = _slack(course, judged, rules)
    restless = (travelled >= rules.oscillation_least - slack) & (apart <= rules.oscillation_most + slack)
    held: Truth = restless & (judged >= window)
    return held


def _stagnation(course: _Course, judged: Index) -> Truth:
    recent = np.maximum(judged[:, None] - np.arange(FLAT_OVER), 0)
    flat = norm(course.places[:, recent]).std(axis=2) < FLAT_WITHIN
    share = _over(course.losses, judged, REGRESS_OVER) / REGRESS_OVER
    regress = (share > REGRESS_SHARE) & (_over(course.total, judged, REGRESS_OVER) < REGRESS_SUM)
    held: Truth = flat & regress & (judged >= REGRESS_OVER)
    return held


def _slack(course: _Course, judged: Index, rules: StopProfile) -> Array:
    """How far rounding may have moved a value, (N, K): a path that ends on the origin may miss r_0 by an ulp."""
    reach = course.deficit[:, None] + course.travelled[:, judged]
    return np.zeros_like(reach) if rules.rounded else ROUND_OFF * reach


def _over(sums: Array, judged: Index, window: int) -> Array:
    """The sum over the last ``window`` turns, from sums over the first 0 .. T; of all turns where fewer are judged."""
    return np.asarray(sums[:, judged] - sums[:, np.maximum(judged - window, 0)])
