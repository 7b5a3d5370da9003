"""Profiles of conversations that nobody had: shares are met exactly, numbers lie around those of bundled goals."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeVar, get_args

from empa_graph.content.library import scenarios
from empa_graph.distill.generation.specification import Specification
from empa_graph.distill.marks import EPM_INDICATORS, Peril, Profile
from empa_graph.errors import UsageError
from empa_graph.models.cue import ADVERSE, CueName
from empa_graph.models.latent import Space
from empa_graph.models.persona import Need, Scenario
from empa_graph.seeds import derived_seed

ANNOTATOR = "drawn"
JITTER = 0.1
"""How far a start may lie from that of the goal it was drawn from, on each dimension; the end moves with it."""
_Value = TypeVar("_Value", bound=str)
_GRAVEST = ("stated", "hinted", "none")


class _Drawn(NamedTuple):
    need: str
    threshold: str
    context: str
    danger: str
    matter: str


def draw_profiles(spec: Specification, space: Space, *, seed: int | None = None) -> tuple[Profile, ...]:
    """Return `Specification.drawn` profiles for ``space``; the specification's seed is taken where none is given.

    Each share is met as exactly as so many profiles can (largest remainder), and which values come together is drawn,
    but that the gravest danger goes to those in a crisis first. Start and end are those of a bundled goal of the same
    context, moved a little; likes and dislikes those of its person.
    """
    chosen = spec.seed if seed is None else seed
    rows = _rows(spec, chosen)
    return tuple(_profile(row, space, chosen, number) for number, row in enumerate(rows, start=1))


def counted(shares: Mapping[_Value, float], n: int) -> dict[_Value, int]:
    """Return how many of ``n`` each value gets by its share: whole parts, then one more by the largest remainders."""
    exact = {value: share * n for value, share in shares.items()}
    counts = {value: int(amount + 1e-9) for value, amount in exact.items()}
    left = n - sum(counts.values())
    for value in sorted(exact, key=lambda value: counts[value] - exact[value])[:left]:
        counts[value] += 1
    return counts


def _rows(spec: Specification, seed: int) -> Sequence[_Drawn]:
    shares, n = spec.shares, spec.drawn
    contexts = _column("context", shares.context, n, seed)
    columns = (
        _column("need", shares.need, n, seed),
        _column("threshold", shares.threshold, n, seed),
        contexts,
        _dangers(contexts, shares.danger),
        _column("matter", shares.matter, n, seed),
    )
    return [_Drawn(*row) for row in zip(*columns, strict=True)]


def _column(name: str, shares: Mapping[_Value, float], n: int, seed: int) -> list[_Value]:
    values = [value for value, count in counted(shares, n).items() for _ in range(count)]
    random.Random(derived_seed(seed, "profiles", name)).shuffle(values)
    return values


def _dangers(contexts: Sequence[str], shares: Mapping[Peril, float] | None) -> Sequence[str]:
    if shares is None:
        return ["stated" if context == "crisis" else "none" for context in contexts]
    counts = counted(shares, len(contexts))
    gravest = [value for value in sorted(counts, key=_GRAVEST.index) for _ in range(counts[value])]
    places = sorted(range(len(contexts)), key=lambda place: contexts[place] != "crisis")
    found = dict(zip(places, gravest, strict=True))
    return [found[place] for place in range(len(contexts))]


def _profile(row: _Drawn, space: Space, seed: int, number: int) -> Profile:
    rng = random.Random(derived_seed(seed, "profile", number))
    base = rng.choice(_like(row.context, space))
    moved = {name: rng.uniform(-JITTER, JITTER) for name in space.names}
    route = base.goal.spaces[space.id]
    ends = {
        time: {one.id: _within(one.low, one.high, point[one.id].value + moved[one.id]) for one in space.dimensions}
        for time, point in (("start", route.start), ("end", route.target))
    }
    epm = base.goal.spaces.get("epm")
    levels = {name: int(epm.levels[name].value) for name in EPM_INDICATORS if epm and name in epm.levels}
    others = [need for need in get_args(Need) if need != row.need]
    rng.shuffle(others)
    persona = base.persona
    return Profile.model_validate(
        {
            "conversation": f"drawn_{seed}_{number:04d}",
            "space": space.id,
            **ends,
            "indicators": levels,
            "threshold": row.threshold,
            "needs": (row.need, *others),
            "wanted": _cues((one.cue for one in persona.preferences), adverse=False),
            "rejected": _cues((one.cue for one in persona.anti_preferences), adverse=True),
            "context": row.context,
            "matter": row.matter,
            "danger": row.danger,
            "annotators": (ANNOTATOR,),
        }
    )


def _like(context: str, space: Space) -> Sequence[Scenario]:
    """Return the bundled scenarios of a context that have points in ``space``. Raises UsageError without any."""
    placed = [one for one in scenarios() if space.id in one.goal.spaces and one.goal.spaces[space.id].start]
    if found := [one for one in placed if one.goal.context == context]:
        return found
    raise UsageError(f"no bundled goal of context '{context}' has a start and a target in space '{space.id}'")


def _cues(cues: Iterable[CueName], *, adverse: bool) -> tuple[CueName, ...]:
    return tuple(dict.fromkeys(cue for cue in cues if (cue in ADVERSE) == adverse and cue is not CueName.ANTI_PHRASE))


def _within(low: float, high: float, value: float) -> float:
    return round(min(max(value, low), high), 2)
