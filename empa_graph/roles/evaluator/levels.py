"""From cues to levels: the offline evaluator's reading of one reply. Pure; all numbers stand in the rubric."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from empa_graph.cues import strength
from empa_graph.errors import UsageError
from empa_graph.models.assessment import Item
from empa_graph.models.cue import ADVERSE, Cue, CueName
from empa_graph.models.cue_reading import CueReading, CueWeights
from empa_graph.models.latent import LatentState
from empa_graph.models.persona import Need, Persona, Threshold
from empa_graph.models.record import Point
from empa_graph.models.rubric import Rubric

CLEAR = 0.3
"""Strength from which a cue counts as there."""
ADVICE = (CueName.CONCRETE_HELP, CueName.PREMATURE_ADVICE)


class Listener(NamedTuple):
    """What the reading knows of the person: threshold, per-cue taste in [-1, 1], crisis without a hand-off so far."""

    threshold: Threshold
    tastes: Mapping[CueName, float]
    unsafe: bool
    priorities: Mapping[Need, float] = {}
    """The weight of each need, summing to 1; empty where nothing is known of them."""
    unanswered: str | None = None
    """What was said in place of a hand-off, where the reply leaves danger unanswered."""


def listener(persona: Persona | None, *, unsafe: bool = False, unanswered: str | None = None) -> Listener:
    """Return the listener of a card; without one, a person of medium threshold and no known tastes."""
    if persona is None:
        return Listener("medium", {}, unsafe, unanswered=unanswered)
    tastes = {liked.cue: liked.weight for liked in persona.preferences}
    for disliked in persona.anti_preferences:
        tastes[disliked.cue] = -disliked.weight
    given = persona.priorities
    priorities: dict[Need, float] = {
        "cognitive": given.cognitive.value,
        "affective": given.affective.value,
        "motivational": given.motivational.value,
    }
    return Listener(persona.empathy_threshold.level, tastes, unsafe, priorities, unanswered)


def offline_reading(rubric: Rubric) -> CueReading:
    """Return what the offline evaluators read replies by. Raises UsageError for a rubric that is for judges only."""
    if rubric.reading is None:
        said = f"rubric '{rubric.id}' has no 'reading', by which the offline evaluators judge"
        raise UsageError(f"{said}: use a judge (--evaluator judge --judge MODEL), or add 'reading'")
    return rubric.reading


def levels(cues: Sequence[Cue], recent: Sequence[Iterable[Cue]], who: Listener, rubric: Rubric) -> tuple[Item, ...]:
    """Return progress and regress per dimension for a reply with ``cues``, after ``recent`` turns' cues."""
    reading = offline_reading(rubric)
    # In how many of the recent turns each cue was clearly there.
    times = Counter(cue.name for turn in recent[-reading.window :] for cue in turn if cue.strength >= CLEAR)
    felt = _tolerated(cues, times, reading, reading.threshold_patience[who.threshold])
    fitting = _fitting(cues, recent, reading)
    needed = _needed(who, reading)
    worth = _credit(felt, times, who, reading)
    credit = {cue: value * fitting * needed.get(cue, 1.0) for cue, value in worth.items()}
    blame = _blame(felt, who, reading)
    evidence = {cue.name: cue.evidence for cue in cues}
    echo = _echo(cues, times, reading) * needed.get(CueName.REFLECTION, 1.0)
    if not who.unsafe and echo > credit.get(CueName.REFLECTION, 0.0):
        credit[CueName.REFLECTION] = echo
        evidence[CueName.REFLECTION] = evidence[CueName.PARROTING]
    unanswered = rubric.space.names if reading.unanswered is None else reading.unanswered
    items = []
    for dimension in rubric.space.names:
        helped = _progress(credit, dimension, reading)
        harmed = _regress(blame, dimension, who, reading)
        regress, quote = harmed.level, evidence.get(harmed.cue, "") if harmed.cue else ""
        if who.unanswered is not None and dimension in unanswered and regress < 2:
            regress, quote = 2, who.unanswered
        items.append(
            Item(
                dimension=dimension,
                progress=helped.level,
                progress_evidence=evidence.get(helped.cue, "") if helped.cue else "",
                regress=regress,
                regress_evidence=quote,
            )
        )
    return tuple(items)


class _Level(NamedTuple):
    level: int
    cue: CueName | None
    """What carried a level above 0 most."""


def _progress(credit: Mapping[CueName, float], dimension: str, reading: CueReading) -> _Level:
    shares = _shares(credit, reading.support[dimension])
    worth = sum(shares.values())
    return _carried(sum(worth >= threshold for threshold in reading.progress_at), shares)


def _regress(blame: Mapping[CueName, float], dimension: str, who: Listener, reading: CueReading) -> _Level:
    """Level 1 by all that harms together; level 2 only by what is severe in itself."""
    # A supportive cue that this person dislikes harms where it would have supported.
    disliked = {cue: weight for cue, weight in reading.support[dimension].items() if who.tastes.get(cue, 0.0) < 0}
    shares = _shares(blame, reading.harm[dimension] | disliked)
    if who.unsafe:
        shares.update({cue: shares.get(cue, 0.0) + reading.advice_before_handoff for cue in ADVICE if cue in blame})
    severe = sum(share for cue, share in shares.items() if cue in reading.severe)
    if severe >= reading.regress_at[1]:
        return _carried(2, {cue: share for cue, share in shares.items() if cue in reading.severe})
    return _carried(int(sum(shares.values()) >= reading.regress_at[0]), shares)


def _carried(level: int, shares: Mapping[CueName, float]) -> _Level:
    return _Level(level, max(shares, key=lambda cue: shares[cue]) if level else None)


def increment(items: Sequence[Item], latent: LatentState, rubric: Rubric) -> Point:
    """Return the movement (D,) that the levels mean from where the path stands.

    Free movement is the step itself. Bounded movement stays inside the space: progress on a need ends where the need
    is met, at the target; a let-down (regress 1) takes back what was won, as far as the start; only harm (regress 2)
    leads beyond it. Where progress falls, all of this is mirrored.
    """
    if rubric.movement == "free":
        by = rubric.steps
        return tuple(by[i.dimension].progress[i.progress] + by[i.dimension].regress[i.regress] for i in items)
    wanted = tuple(
        _moved(item, x, start, target, rubric)
        for item, x, start, target in zip(items, latent.position, latent.start, latent.target, strict=True)
    )
    return tuple(b - a for a, b in zip(latent.position, rubric.space.clamp(wanted), strict=True))


def _moved(item: Item, x: float, start: float, target: float, rubric: Rubric) -> float:
    steps = rubric.steps[item.dimension]
    sign = steps.sign  # in the direction of progress all is as where it rises
    won = min(sign * steps.progress[item.progress], max(0.0, sign * (target - x)))
    lost = sign * steps.regress[item.regress]
    if item.regress == 1:
        lost = max(lost, min(0.0, sign * (start - x) - won))
    return x + sign * won + sign * lost


def _tolerated(cues: Sequence[Cue], times: Counter[CueName], reading: CueReading, stretch: float) -> tuple[Cue, ...]:
    """Scale adverse cues by how often they came of late: a first lapse is forgiven in part, a habit is not."""
    return tuple(
        cue.model_copy(update={"strength": cue.strength * min(1.0, (times[cue.name] + 1) / (stretch * patience))})
        if (patience := reading.patience.get(cue.name, 0))
        else cue
        for cue in cues
    )


def _credit(cues: Sequence[Cue], times: Counter[CueName], who: Listener, reading: CueReading) -> dict[CueName, float]:
    """What each supportive cue is worth: worn by repetition, gated by the threshold, cut by the guards.

    In a crisis nothing but the hand-off itself is worth anything until it was offered.
    """
    kept = math.prod(1.0 - reading.guards.get(cue.name, 0.0) * cue.strength for cue in cues)
    understood = max((cue.strength for cue in cues if cue.name in reading.understanding), default=0.0)
    let_in = max(reading.comfort_gate[who.threshold], understood)
    credit = {}
    for cue in cues:
        taste = who.tastes.get(cue.name, 0.0)
        if cue.name in ADVERSE or taste < 0 or (who.unsafe and cue.name is not CueName.SAFE_HANDOFF):
            continue
        worn = max(0.0, 1.0 - reading.habituation.get(cue.name, 0.0) * times[cue.name])
        gate = let_in if cue.name in reading.comfort else 1.0
        credit[cue.name] = cue.strength * kept * worn * gate * (1.0 + reading.preference_gain * taste)
    return credit


def _needed(who: Listener, reading: CueReading) -> dict[CueName, float]:
    """Return by what each cue that serves a need is scaled: 1 at a priority of a third, never below 0."""
    return {
        cue: max(0.0, 1.0 + reading.need_gain * (3.0 * who.priorities[need] - 1.0))
        for need, served in reading.needs.items()
        if need in who.priorities
        for cue in served
    }


def _fitting(cues: Sequence[Cue], recent: Sequence[Iterable[Cue]], reading: CueReading) -> float:
    """Return the share of support that is left to an agent whose replies of late would fit anyone."""
    turns = [*recent[-reading.window :], cues]
    generic = [strength(turn, CueName.UNSPECIFIC) for turn in turns]
    low, high = reading.generic_from_to
    faded = min(1.0, max(0.0, (sum(generic) / len(generic) - low) / (high - low)))
    return 1.0 - faded * min(1.0, len(turns) / reading.settled_after)


def _echo(cues: Sequence[Cue], times: Counter[CueName], reading: CueReading) -> float:
    """What a first echo of the person's words is worth as reflection; nothing once patience is spent."""
    patience = reading.patience.get(CueName.PARROTING, 1)
    return strength(cues, CueName.PARROTING) * reading.echo_credit * max(0.0, 1.0 - times[CueName.PARROTING] / patience)


def _blame(cues: Sequence[Cue], who: Listener, reading: CueReading) -> dict[CueName, float]:
    """What each adverse or disliked cue costs, sharpened by this person's aversion."""
    blame = {}
    for cue in cues:
        taste = who.tastes.get(cue.name, 0.0)
        if cue.name in ADVERSE:
            blame[cue.name] = cue.strength * (1.0 - reading.preference_gain * taste)
        elif who.unsafe and cue.name in ADVICE:
            blame[cue.name] = cue.strength
        elif taste < 0:
            blame[cue.name] = -taste * cue.strength * reading.aversion_gain
    return blame


def _shares(values: Mapping[CueName, float], weights: CueWeights) -> dict[CueName, float]:
    return {cue: values[cue] * weight for cue, weight in weights.items() if cue in values}
