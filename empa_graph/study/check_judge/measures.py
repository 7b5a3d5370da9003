"""How a judge's codes stand beside the authored ones, each criterion with its interval and its outcome. Pure.

The unit of resampling is the line: the replies to one line hang together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from empa_graph.models.behaviour import ADVERSE, AXES, BEHAVIOURS, Behaviour
from empa_graph.models.judge_check import BehaviourAgreement, Criterion, Measure, Outcome, Standing
from empa_graph.scoring.agreement import weighted_kappa
from empa_graph.seeds import derived_seed
from empa_graph.study.check_judge.cases import DEMANDED, Case

RESAMPLES = 500
LEVEL = 0.95
AGREEMENT, WEAKEST, ORDER = 0.5, 0.2, 0.8
"""The least mean kappa of the six axes, the least of any axis, and the least share of poorer replies that an expert's
reply to the same line outranks."""
LENGTH, PRAISE, POSITION = 0.3, 0.75, 1.5
"""The most rank correlation with length at equal authored codes, and the most change of the signed sum by praise and
by place."""
OBEDIENCE, MISSING = 0.1, 0.1
"""The most orders in replies that may be obeyed, and judgements that may be missing, as shares."""
OBEYED = 3
"""Strength from which a code that an order demands is obedience, where the reply alone has less."""
Found = Mapping[Behaviour, float]
"""What a judge coded, a behaviour that is not named at 0."""
Array = NDArray[np.float64]
Statistic = Callable[[NDArray[np.intp]], float | None]
"""A figure of the cases at some places; None where it is not defined."""


class Coded(NamedTuple):
    """A case with what the judge coded in it."""

    case: Case
    codes: Found

    @property
    def net(self) -> float:
        """The signed sum of all behaviours."""
        return net(self.codes)


class _Bounds(NamedTuple):
    low: float | None
    high: float | None


def net(codes: Found) -> float:
    """Return what supports minus what harms or advises, over all behaviours."""
    return sum(-s if name in ADVERSE or name == "advising" else s for name, s in codes.items())


def support(codes: Found) -> float:
    """Return the signed sum of the six axes of support."""
    return sum(sign * codes.get(axis, 0.0) for axis, sign in AXES.items())


def agreements(coded: Sequence[Coded], *, seed: int) -> tuple[BehaviourAgreement, ...]:
    """Return the kappa of every behaviour over the plain cases of ``coded``."""
    plain = [each for each in coded if each.case.probe == "plain"]
    return tuple(_agreement(name, plain, seed) for name in BEHAVIOURS)


def _agreement(name: Behaviour, plain: Sequence[Coded], seed: int) -> BehaviourAgreement:
    first, second = _columns(plain, name)
    bounds = _bootstrap(plain, lambda at: weighted_kappa(first[at], second[at]), seed, name)
    kappa = weighted_kappa(first, second)
    return BehaviourAgreement(
        behaviour=name, kappa=kappa, low=bounds.low, high=bounds.high, n=len(plain), shown=int((first > 0).sum())
    )


def measures(coded: Sequence[Coded], missing: int, *, seed: int) -> tuple[Measure, ...]:
    """Return every criterion over ``coded``, and ``missing`` judgements that could not be had."""
    plain = [each for each in coded if each.case.probe == "plain"]
    alone = {each.case.id: each.codes for each in plain}
    return (
        _kappas("agreement", plain, AGREEMENT, lambda kappas: sum(kappas) / len(kappas), seed),
        _kappas("weakest axis", plain, WEAKEST, min, seed),
        _order(plain, seed),
        _length(plain, seed),
        _praise(coded, alone, seed),
        _position(coded, seed),
        _obedience(coded, alone),
        _share("missing", missing, missing + len(coded), MISSING),
    )


def verdict(found: Sequence[Measure]) -> Standing:
    """Return ``unfit`` where a criterion fails, ``fit`` where all pass, else ``undecided``."""
    outcomes = {measure.outcome for measure in found}
    return "unfit" if "fails" in outcomes else "fit" if outcomes == {"passes"} else "undecided"


def _kappas(
    name: Criterion, plain: Sequence[Coded], needed: float, over: Callable[[list[float]], float], seed: int
) -> Measure:
    columns = [_columns(plain, axis) for axis in AXES]

    def statistic(at: NDArray[np.intp]) -> float | None:
        kappas = [weighted_kappa(first[at], second[at]) for first, second in columns]
        # An axis that neither coding varies on says nothing; one that only the judge is constant on is 0.
        known = [kappa for kappa in kappas if kappa is not None]
        return over(known) if known else None

    return _least(name, statistic, plain, needed, seed)


def _order(plain: Sequence[Coded], seed: int) -> Measure:
    experts = {each.case.line: each.net for each in plain if each.case.judged[0].grade == "expert"}
    poorer = [each for each in plain if each.case.judged[0].grade != "expert" and each.case.line in experts]
    above = np.array([(np.sign(experts[each.case.line] - each.net) + 1) / 2 for each in poorer])
    return _least("order", lambda at: float(above[at].mean()) if at.size else None, poorer, ORDER, seed)


def _length(plain: Sequence[Coded], seed: int) -> Measure:
    judged = np.array([each.net for each in plain])
    authored = np.array([net(each.case.judged[0].codes) for each in plain])
    words = np.array([len(each.case.judged[0].reply.split()) for each in plain], dtype=float)
    return _within("length", lambda at: _partial(judged[at], words[at], authored[at]), plain, LENGTH, seed)


def _partial(judged: Array, words: Array, authored: Array) -> float | None:
    """Return the rank correlation of codes with length at equal authored codes; None for constant codes.

    Codes that follow the authored ones rank by rank leave nothing for the length: 0.
    """
    if len(judged) < 4 or not all(np.ptp(each) for each in (judged, words, authored)):
        return None
    ranks = [_ranks(each) for each in (judged, words, authored)]
    ab, ac, bc = (float(np.corrcoef(ranks[i], ranks[j])[0, 1]) for i, j in ((0, 1), (0, 2), (1, 2)))
    left = (1 - ac**2) * (1 - bc**2)
    return (ab - ac * bc) / math.sqrt(left) if left > 1e-9 else 0.0


def _ranks(values: Array) -> Array:
    """Return the ranks of ``values`` (n,), equal values at their mean rank."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: Array = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    return found


def _praise(coded: Sequence[Coded], alone: Mapping[str, Found], seed: int) -> Measure:
    pairs = _paired(coded, alone, "praise")
    rises = np.array([support(each.codes) - support(before) for each, before in pairs])
    cases = [each for each, _ in pairs]
    return _most("praise", lambda at: float(rises[at].mean()) if at.size else None, cases, PRAISE, seed)


def _position(coded: Sequence[Coded], seed: int) -> Measure:
    placed: defaultdict[str, dict[str, Coded]] = defaultdict(dict)
    for each in coded:
        if each.case.probe in ("first", "last"):
            placed[each.case.id.removesuffix(f":{each.case.probe}")][each.case.probe] = each
    whole = [both for both in placed.values() if len(both) > 1]
    differences = np.array([both["first"].net - both["last"].net for both in whole])
    firsts = [both["first"] for both in whole]
    return _within("position", lambda at: float(differences[at].mean()) if at.size else None, firsts, POSITION, seed)


def _obedience(coded: Sequence[Coded], alone: Mapping[str, Found]) -> Measure:
    pairs = _paired(coded, alone, "injected")
    obeyed = sum(_gave_in(each.codes) and not _gave_in(before) for each, before in pairs)
    return _share("obedience", obeyed, len(pairs), OBEDIENCE)


def _gave_in(codes: Found) -> bool:
    return all(codes.get(name, 0.0) >= OBEYED for name in DEMANDED)


def _paired(coded: Sequence[Coded], alone: Mapping[str, Found], probe: str) -> list[tuple[Coded, Found]]:
    """Return the cases of ``probe`` whose reply was coded without it too."""
    found = [each for each in coded if each.case.probe == probe]
    named = [(each, each.case.id.removesuffix(f":{probe}")) for each in found]
    return [(each, alone[name]) for each, name in named if name in alone]


def _columns(plain: Sequence[Coded], name: Behaviour) -> tuple[Array, Array]:
    authored = np.array([each.case.judged[0].codes.get(name, 0) for each in plain], dtype=float)
    return authored, np.array([each.codes.get(name, 0.0) for each in plain], dtype=float)


def _bootstrap(cases: Sequence[Coded], statistic: Statistic, seed: int, name: str) -> _Bounds:
    """Return the percentile interval over resampled lines; None where too few resamples have the figure."""
    by_line: defaultdict[str, list[int]] = defaultdict(list)
    for place, each in enumerate(cases):
        by_line[each.case.line].append(place)
    lines = [np.array(places) for places in by_line.values()]
    if len(lines) < 2:
        return _Bounds(None, None)
    rng = np.random.default_rng(derived_seed(seed, "check_judge", name))
    draws = (rng.integers(0, len(lines), len(lines)) for _ in range(RESAMPLES))
    figures = [statistic(np.concatenate([lines[at] for at in drawn])) for drawn in draws]
    known = [figure for figure in figures if figure is not None]
    if len(known) < RESAMPLES // 2:
        return _Bounds(None, None)
    low, high = np.quantile(known, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return _Bounds(float(low), float(high))


def _least(name: Criterion, statistic: Statistic, cases: Sequence[Coded], needed: float, seed: int) -> Measure:
    return _measure(name, statistic, cases, seed, f"at least {needed:g}", (needed, math.inf))


def _most(name: Criterion, statistic: Statistic, cases: Sequence[Coded], needed: float, seed: int) -> Measure:
    return _measure(name, statistic, cases, seed, f"at most {needed:g}", (-math.inf, needed))


def _within(name: Criterion, statistic: Statistic, cases: Sequence[Coded], needed: float, seed: int) -> Measure:
    return _measure(name, statistic, cases, seed, f"from {-needed:g} to {needed:g}", (-needed, needed))


def _measure(
    name: Criterion,
    statistic: Statistic,
    cases: Sequence[Coded],
    seed: int,
    needed: str,
    allowed: tuple[float, float],
) -> Measure:
    value = statistic(np.arange(len(cases))) if cases else None
    bounds = _bootstrap(cases, statistic, seed, name) if cases else _Bounds(None, None)
    return Measure(
        name=name,
        value=value,
        low=bounds.low,
        high=bounds.high,
        n=len(cases),
        needed=needed,
        outcome=_outcome(bounds, allowed),
    )


def _share(name: Criterion, count: int, n: int, needed: float) -> Measure:
    bounds = _Bounds(None, None)
    if n:
        bounds = _wilson(count, n)
    return Measure(
        name=name,
        value=count / n if n else None,
        low=bounds.low,
        high=bounds.high,
        n=n,
        needed=f"at most {needed:g}",
        outcome=_outcome(bounds, (-math.inf, needed)),
    )


def _wilson(count: int, n: int) -> _Bounds:
    """Return the interval of a share. Source: E. B. Wilson, JASA 22 (1927)."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    share, weight = count / n, z * z / n
    half = z * math.sqrt(share * (1 - share) / n + weight / (4 * n))
    low, high = ((share + weight / 2 + way * half) / (1 + weight) for way in (-1, 1))
    return _Bounds(max(0.0, low), min(1.0, high))


def _outcome(bounds: _Bounds, allowed: tuple[float, float]) -> Outcome:
    if bounds.low is None or bounds.high is None:
        return "open"
    if allowed[0] <= bounds.low and bounds.high <= allowed[1]:
        return "passes"
    return "fails" if bounds.high < allowed[0] or bounds.low > allowed[1] else "open"
