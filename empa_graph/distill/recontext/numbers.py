"""The numbers of a card out of a profile: route, levels, priorities, likes and dislikes, each with where it comes from.

Rule of the target, by dimension, in the direction in which progress leads: the better of start and end, and half the
way from there to the rubric's usual target where that lies beyond (a third in a crisis); at least 0.15 and at most 0.8
of the half-width of the space from the start (0.5 in a crisis), and never outside the space. The radius is a fifth of
the way, at least 0.1 and at most 0.3 half-widths.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from empa_graph.distill.marks import EPM_INDICATORS, Profile
from empa_graph.models.cue import CueName
from empa_graph.models.latent import Dimension
from empa_graph.models.persona import Annotation, AntiPreference, Need, Preference, Priorities, Route
from empa_graph.models.rubric import Rubric

ANNOTATOR = "distill"
LEAST, MOST, MOST_IN_CRISIS = 0.15, 0.8, 0.5
ONWARD, ONWARD_IN_CRISIS = 1 / 2, 1 / 3
RADIUS, LEAST_RADIUS, MOST_RADIUS = 0.2, 0.1, 0.3
WEIGHTS = (0.5, 0.3, 0.2)
"""Of the needs, the strongest first."""
MARKED, FILLED = 0.7, 0.5
"""Weight of what was marked, and of what stands in for it."""
MOST_TASTES, LEAST_TASTES = 5, 2
USUAL: Mapping[Need, tuple[CueName, ...]] = {
    "cognitive": (CueName.REFLECTION, CueName.OPEN_QUESTION),
    "affective": (CueName.NAMING_FEELING, CueName.VALIDATION),
    "motivational": (CueName.AUTONOMY_SUPPORT, CueName.CONCRETE_HELP),
}
"""What usually reaches a person, by the need that comes first."""
MINDED: Mapping[Need, tuple[CueName, ...]] = {
    "cognitive": (CueName.UNSPECIFIC, CueName.STOCK_PHRASE),
    "affective": (CueName.DISMISSING, CueName.PREMATURE_ADVICE),
    "motivational": (CueName.PREMATURE_ADVICE, CueName.JUDGING),
}
"""What usually puts a person off, by the need that comes first."""


def route(profile: Profile, rubric: Rubric, *, crisis: bool) -> Route | None:
    """Return where the card starts and where it leads; None where there is nothing left to reach."""
    start, target = {}, {}
    for one in rubric.space.dimensions:
        first, last = profile.start[one.id], profile.end[one.id]
        goal = _target(first, last, rubric.prior_target[one.id], one, rubric.steps[one.id].sign, crisis=crisis)
        start[one.id] = _note(first, "Marked at the first message of the source.")
        target[one.id] = _note(goal, "From the end of the source on, by the rule of distilled targets.")
    way = math.dist([note.value for note in start.values()], [note.value for note in target.values()])
    half = min((one.high - one.low) / 2 for one in rubric.space.dimensions)
    radius = round(min(max(RADIUS * way, LEAST_RADIUS * half), MOST_RADIUS * half), 2)
    if way <= radius:
        return None
    return Route(start=start, target=target, radius=_note(radius, "A fifth of the way."))


def _target(first: float, last: float, usual: float, one: Dimension, sign: float, *, crisis: bool) -> float:
    half = (one.high - one.low) / 2
    ahead = max(0.0, sign * (last - first))
    beyond = max(0.0, sign * (usual - first) - ahead)
    way = ahead + (ONWARD_IN_CRISIS if crisis else ONWARD) * beyond
    way = min(max(way, LEAST * half), (MOST_IN_CRISIS if crisis else MOST) * half)
    return round(min(max(first + sign * way, one.low), one.high), 2)


def levels(profile: Profile) -> Route | None:
    """Return the nine initial levels of ``epm``; None where not all are marked, or none is above 0."""
    marked = profile.indicators
    if set(EPM_INDICATORS) - set(marked) or not any(marked.values()):
        return None
    return Route(levels={name: _note(marked[name], "Marked of the source.") for name in EPM_INDICATORS})


def priorities(profile: Profile) -> Priorities:
    """Return the weights of the needs by their order; equal ones, affective a little first, where nobody marked it."""
    order = profile.needs if len(set(profile.needs)) == len(WEIGHTS) else ()
    weights = dict(zip(order, WEIGHTS, strict=True)) if order else {}
    reason = "By the order of needs that was marked." if order else "The order of needs was not marked."
    even: dict[Need, float] = {"cognitive": 0.33, "affective": 0.34, "motivational": 0.33}
    return Priorities.model_validate({need: _note(weights.get(need, even[need]), reason) for need in even})


def first_need(profile: Profile) -> Need:
    """Return the strongest need, the affective one where none is marked."""
    return profile.needs[0] if profile.needs else "affective"


def preferences(profile: Profile, *, crisis: bool) -> tuple[Preference, ...]:
    """Return what reaches this person: what was wanted, filled up by what usually does."""
    wanted = [cue for cue in profile.wanted if crisis or cue is not CueName.SAFE_HANDOFF][:MOST_TASTES]
    marked = [Preference(cue=cue, weight=MARKED, reason="Wanted or taken well in the source.") for cue in wanted]
    need = first_need(profile)
    why = f"Not marked; it usually reaches whose first need is {need}."
    more = [cue for cue in USUAL[need] if cue not in wanted][: max(0, LEAST_TASTES - len(wanted))]
    return (*marked, *(Preference(cue=cue, weight=FILLED, reason=why) for cue in more))


def anti_preferences(profile: Profile) -> tuple[AntiPreference, ...]:
    """Return what puts this person off: what was rejected, filled up by what usually does."""
    rejected = profile.rejected[:MOST_TASTES]
    marked = [AntiPreference(cue=cue, weight=MARKED, reason="Turned away in the source.") for cue in rejected]
    need = first_need(profile)
    why = f"Not marked; it usually puts off whose first need is {need}."
    more = [cue for cue in MINDED[need] if cue not in rejected][: max(0, LEAST_TASTES - len(rejected))]
    return (*marked, *(AntiPreference(cue=cue, weight=FILLED, reason=why) for cue in more))


def _note(value: float, reason: str) -> Annotation:
    return Annotation(value=value, annotator=ANNOTATOR, reason=reason)
