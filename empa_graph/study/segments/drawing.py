"""Drawing a segment: the persons whose shares lie nearest to those that are wanted."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from empa_graph.scoring.apportion import apportioned
from empa_graph.seeds import derived_seed
from empa_graph.study.segments.description import Description
from empa_graph.study.segments.pool import Candidate

_Cost = tuple[float, ...]
Wanted = Mapping[str, Mapping[str, float]]
"""Wanted shares by dimension and value."""


class Reached(NamedTuple):
    """One value of one dimension: the wanted share, and how many of ``n`` persons have it."""

    dimension: str
    value: str
    wanted: float
    persons: int
    n: int
    possible: bool
    """Whether any person that could be drawn has the value."""


def wanted_shares(description: Description) -> Wanted:
    """Return the wanted shares of ``description``, those of mixtures among them."""
    given = {name: getattr(description.shares, name) for name in ("threshold", "need", "age", "context")}
    found = {name: dict(shares) for name, shares in given.items() if shares is not None}
    if (mix := description.allow.mix) is not None:
        found["mixed"] = {"mixed": mix.share, "own numbers": 1.0 - mix.share}
    return found


def drawn(candidates: Sequence[Candidate], description: Description) -> list[Candidate]:
    """Return ``description.personas`` of ``candidates``, each as often as it is drawn, by base, goal and changes.

    First the shares count, met as nearly as can be; then in how few ways cards are changed; then the weights of the
    bases, and variety; then by how little. The seed decides between equals.
    """
    order = list(candidates)
    random.Random(derived_seed(description.seed, description.id)).shuffle(order)
    tally = _Tally(order, description)
    for place in tally.by_kind():
        tally.add(place)
    while tally.improved():
        pass
    places = sorted(tally.picked.elements(), key=lambda place: _sorted(order[place]))
    return [order[place] for place in places]


def _sorted(one: Candidate) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    return one.base, one.goal, tuple((change.field, f"{change.after} {change.how}") for change in one.changes)


class _Tally:
    """How many persons were drawn of each kind, and what that leaves to be desired."""

    def __init__(self, order: Sequence[Candidate], description: Description) -> None:
        self.picked: Counter[int] = Counter()
        self._order = order
        self._quota = _quotas(wanted_shares(description), description.personas)
        self._n = description.personas
        self._weights = description.allow.sample
        self._values = [[(name, value) for name, value in one.values.items()] for one in order]
        self._changed = [len({change.how for change in one.changes}) for one in order]
        self._moved = [sum(abs(_size(change.before, change.after)) for change in one.changes) for one in order]
        self._counts: Counter[tuple[str, str]] = Counter()
        self._bases: Counter[str] = Counter()
        self._goals: Counter[tuple[str, str]] = Counter()

    def by_kind(self) -> Iterator[int]:
        """Yield persons to draw: so many of each kind as meet shares and weights, of a kind those that cost least."""
        kinds: dict[tuple[tuple[str, str], ...], list[int]] = {}
        for place, values in enumerate(self._values):
            kinds.setdefault((*values, ("base", self._order[place].base)), []).append(place)
        costs = [min(self._changed[place] for place in held) for held in kinds.values()]
        wanted = {key: 0.0 for values in self._values for key in values} | self._quota
        counts = apportioned(list(kinds), costs, [wanted, self._by_base()], self._n)
        for held, count in zip(kinds.values(), counts, strict=True):
            for _ in range(count):
                yield min(held, key=self.cost_with)

    def _by_base(self) -> dict[tuple[str, str], float]:
        """Return how many persons each base has by its weight."""
        weights = {one.base: self._weights.get(one.base, 1.0) for one in self._order}
        return {("base", base): weight / sum(weights.values()) * self._n for base, weight in weights.items()}

    def add(self, place: int, times: int = 1) -> None:
        """Draw a candidate once more, or once less."""
        one = self._order[place]
        self.picked[place] += times
        self._counts.update(dict.fromkeys(self._values[place], times))
        self._bases[one.base] += times
        self._goals[one.base, one.goal] += times

    def cost_with(self, place: int) -> _Cost:
        """Return by how much one more of a candidate raises each part of the cost; less is better."""
        one, weight = self._order[place], self._weights.get(self._order[place].base, 1.0)
        short = sum(1 if self._counts[key] >= self._quota.get(key, 0) else -1 for key in self._values[place])
        spread = (2 * self._bases[one.base] + 1) / weight
        again = self._goals[one.base, one.goal]
        return short, self._changed[place], round(spread, 9), again, round(self._moved[place], 6), self.picked[place]

    def improved(self) -> bool:
        """Replace one person by another where that lowers the cost, and say whether one was."""
        for place in [place for place, times in self.picked.items() if times > 0]:
            self.add(place, -1)
            best = min(range(len(self._order)), key=self.cost_with)
            if self.cost_with(best) < self.cost_with(place):
                self.add(best)
                return True
            self.add(place)
        return False


def _size(before: float | str, after: float | str) -> float:
    return 1.0 if isinstance(before, str) or isinstance(after, str) else after - before


def _quotas(wanted: Wanted, n: int) -> dict[tuple[str, str], int]:
    """Return how many persons of ``n`` have each value: the whole parts, then the greatest remainders."""
    found: dict[tuple[str, str], int] = {}
    for name, shares in wanted.items():
        exact = {value: share * n for value, share in shares.items()}
        counts = {value: int(amount + 1e-9) for value, amount in exact.items()}
        left = sorted(exact, key=lambda value: (counts[value] - exact[value], value))
        for value in left[: n - sum(counts.values())]:
            counts[value] += 1
        found |= {(name, value): count for value, count in counts.items()}
    return found


def reached(picked: Sequence[Candidate], candidates: Sequence[Candidate], description: Description) -> list[Reached]:
    """Return every wanted value with its share among the ``picked``, and those that nobody wanted and that came."""
    found = []
    for name, shares in wanted_shares(description).items():
        counts = Counter(one.values[name] for one in picked)
        possible = {one.values[name] for one in candidates}
        for value in dict.fromkeys((*shares, *counts)):
            found.append(Reached(name, value, shares.get(value, 0.0), counts[value], len(picked), value in possible))
    return found


def effective(picked: Sequence[Candidate]) -> float:
    """Return the effective number of base personas, the inverse of the chance that two persons drawn have one base."""
    counts = Counter(one.base for one in picked)
    return float(len(picked)) ** 2 / sum(count**2 for count in counts.values())
