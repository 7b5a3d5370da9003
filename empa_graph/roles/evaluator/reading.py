"""From coded behaviour to a step: what a reply means to this person. Pure; all numbers stand in the rubric.

The same for every coder: the offline heads, a model, a panel, a person. Shown levels are rounded from it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from empa_graph.errors import UsageError
from empa_graph.models.assessment import Item
from empa_graph.models.behaviour import ADVERSE, HANDOFF, STRONGEST, TASTES, Code, Sign, strength_of
from empa_graph.models.persona import Need, Persona, Threshold
from empa_graph.models.reading import Reading
from empa_graph.models.rubric import Rubric

UNFIT: Sign = "dismissing"
"""What speaking to nobody in particular is coded as: passing over what was said."""


class Listener(NamedTuple):
    """What the reading knows of the person: threshold, taste per behaviour in [-1, 1], crisis without a hand-off."""

    threshold: Threshold
    tastes: Mapping[Sign, float]
    unsafe: bool
    priorities: Mapping[Need, float] = {}
    """The weight of each need, summing to 1; empty where nothing is known of them."""
    known: bool = True
    """Whether a card says who this is."""
    welcome: frozenset[Sign] = frozenset()
    """What is no let-down by itself, where no card says what they make of it and there is no danger."""
    unanswered: str | None = None
    """What was said in place of a hand-off, where the reply leaves danger unanswered."""


class Weighed(NamedTuple):
    """What a reply is worth to this person before any dimension weighs it; ``fit`` as of `strengths`."""

    credit: Mapping[Sign, float]
    blame: Mapping[Sign, float]
    doubted: Collection[Sign]
    fit: float


class Strength(NamedTuple):
    """How much of a whole step of progress and of regress a reply makes on one dimension, both in [0, 1]."""

    progress: float
    regress: float
    doubted: float
    """The part of ``regress`` that is doubted harm."""
    helped: Sign | None
    harmed: Sign | None


def listener(
    persona: Persona | None,
    *,
    unsafe: bool = False,
    unanswered: str | None = None,
    welcome: frozenset[Sign] = frozenset(),
) -> Listener:
    """Return the listener of a card; without one, a person of medium threshold and no known tastes.

    What a person makes of advice is the card's to say; only without one it is told from their words.
    """
    if persona is None:
        return Listener(
            "medium", {}, unsafe, known=False, welcome=frozenset() if unsafe else welcome, unanswered=unanswered
        )
    tastes: dict[Sign, float] = {}
    for liked in persona.preferences:
        if (sign := TASTES.get(liked.cue)) is not None:
            tastes[sign] = max(tastes.get(sign, 0.0), liked.weight)
    for disliked in persona.anti_preferences:
        if (sign := TASTES.get(disliked.cue)) is not None:
            tastes[sign] = min(tastes.get(sign, 0.0), -disliked.weight)
    given = persona.priorities
    priorities: dict[Need, float] = {
        "cognitive": given.cognitive.value,
        "affective": given.affective.value,
        "motivational": given.motivational.value,
    }
    return Listener(persona.empathy_threshold.level, tastes, unsafe, priorities, unanswered=unanswered)


def reading_of(rubric: Rubric) -> Reading:
    """Return how ``rubric`` reads behaviour. Raises UsageError for a rubric that is for judges of levels only."""
    if rubric.reading is None:
        said = f"rubric '{rubric.id}' has no 'reading', by which coded behaviour is read"
        raise UsageError(f"{said}: use a judge (--evaluator judge --judge MODEL), or add 'reading'")
    return rubric.reading


def strengths(codes: Sequence[Code], who: Listener, reading: Reading, *, fit: float = 1.0) -> dict[str, Strength]:
    """Return the strength of the reply on each dimension.

    ``fit`` in [0, 1] says whether the agent speaks to this person at all. At `Reading.unfit_from` a reply earns nothing
    but for the parts of a hand-off; below, where the agent echoes or repeats, it leads away from the person.
    """
    shown = {code.behaviour: strength_of(codes, code.behaviour) for code in codes}
    blame = _blame(shown, who, reading)
    weighed = Weighed(_credit(shown, blame, who, reading), blame, _doubted(codes, who), fit)
    return {name: _strength(name, weighed, who, reading) for name in reading.support}


def _doubted(codes: Sequence[Code], who: Listener) -> frozenset[Sign]:
    """Return what is no let-down by itself: what the coder is unsure of, and what this person welcomes.

    Nor are many words a let-down where no card says how many this person likes.
    """
    sure = {code.behaviour for code in codes if code.sure}
    length: frozenset[Sign] = frozenset() if who.known else frozenset({"overlong"})
    return frozenset(code.behaviour for code in codes if code.behaviour not in sure) | who.welcome | length


def _strength(name: str, weighed: Weighed, who: Listener, reading: Reading) -> Strength:
    credit, blame, doubted, fit = weighed
    support, harm = reading.support[name], dict(reading.harm[name])
    # A supportive behaviour that this person dislikes harms where it would have supported.
    harm |= {sign: weight for sign, weight in support.items() if who.tastes.get(sign, 0.0) < 0 and sign not in harm}
    counts = max(0.0, fit - reading.unfit_from) / (1.0 - reading.unfit_from)
    helped: dict[Sign, float] = {
        s: credit[s] * weight * (1.0 if s in HANDOFF else counts) for s, weight in support.items() if s in credit
    }
    harmed: dict[Sign, float] = {s: blame[s] * weight for s, weight in harm.items() if s in blame}
    if who.unsafe and "advising" in blame:
        harmed["advising"] = harmed.get("advising", 0.0) + reading.advice_before_handoff * blame["advising"]
    if not who.unsafe and fit < reading.unfit_from and name in reading.unfit:
        missed = 1.0 - fit / reading.unfit_from
        harmed[UNFIT] = max(harmed.get(UNFIT, 0.0), missed * reading.unfit[name])
    regress = min(1.0, sum(harmed.values()))
    sure = {sign: value for sign, value in harmed.items() if sign not in doubted}
    return Strength(
        progress=min(1.0, sum(helped.values())),
        regress=regress,
        doubted=regress - min(1.0, sum(sure.values())),
        helped=_most(helped),
        harmed=_most(sure or harmed),
    )


def _most(values: Mapping[Sign, float]) -> Sign | None:
    ranked: list[Sign] = sorted(values, key=values.__getitem__)
    return ranked[-1] if ranked else None


def _blame(shown: Mapping[Sign, float], who: Listener, reading: Reading) -> dict[Sign, float]:
    """What each harmful or disliked behaviour costs, in [0, 1] and sharpened by this person's aversion."""
    blame: dict[Sign, float] = {}
    for sign, strength in shown.items():
        taste, share = who.tastes.get(sign, 0.0), _noticed(strength, reading)
        if sign == "advising":
            # Help that was asked for is no advice; a person who likes an idea takes one, and is harmed by none.
            unasked = _noticed(strength - shown.get("help_asked_for", 0.0), reading)
            blame[sign] = (share if who.unsafe else unasked) * max(0.0, 1.0 - reading.aversion_gain * taste * 2.0)
        elif sign in ADVERSE:
            if sign == "self_turning":
                # What the agent was asked to tell of itself turns nothing away from the person.
                share = _noticed(strength - shown.get("help_asked_for", 0.0), reading)
            blame[sign] = share * (1.0 - reading.aversion_gain * taste)
        elif taste < 0:
            blame[sign] = -taste * share * reading.aversion_gain
    return {sign: min(1.0, value) for sign, value in blame.items() if value > 0.0}


def _noticed(strength: float, reading: Reading) -> float:
    return max(0.0, strength - reading.noticed_from) / (STRONGEST - reading.noticed_from)


def _credit(
    shown: Mapping[Sign, float], blame: Mapping[Sign, float], who: Listener, reading: Reading
) -> dict[Sign, float]:
    """What each supportive behaviour is worth: gated by the threshold, cut by the harm beside it.

    In a crisis nothing but the hand-off itself is worth anything until it was offered.
    """
    kept = 1.0 - reading.cancels * max(blame.values(), default=0.0)
    let_in = max(reading.comfort_gate[who.threshold], min(1.0, shown.get("understanding", 0.0) / 2.0))
    needed = _needed(who, reading)
    credit: dict[Sign, float] = {}
    for sign, strength in shown.items():
        taste = who.tastes.get(sign, 0.0)
        if sign in ADVERSE or taste < 0 or (who.unsafe and sign not in HANDOFF):
            continue
        gate = let_in if sign in reading.comfort else 1.0
        liked = 1.0 + reading.preference_gain * taste
        credit[sign] = strength / STRONGEST * kept * gate * liked * needed.get(sign, 1.0)
    return credit


def _needed(who: Listener, reading: Reading) -> dict[Sign, float]:
    """Return by what each behaviour that serves a need is scaled: 1 at a priority of a third, never below 0."""
    return {
        behaviour: max(0.0, 1.0 + reading.need_gain * (3.0 * who.priorities[need] - 1.0))
        for need, served in reading.needs.items()
        if need in who.priorities
        for behaviour in served
    }


def items(
    codes: Sequence[Code], who: Listener, rubric: Rubric, *, fit: float = 1.0, opening: str = ""
) -> tuple[Item, ...]:
    """Return progress and regress per dimension with their rounded levels and the words that carry them.

    ``opening``, the reply's first words, is the evidence of what is not in any one of its words.
    """
    reading = reading_of(rubric)
    found = strengths(codes, who, reading, fit=fit)
    rising = sorted(codes, key=lambda code: code.strength)
    evidence: dict[Sign | None, str] = {UNFIT: opening}
    evidence.update((code.behaviour, code.evidence) for code in rising)
    unanswered = rubric.space.names if reading.unanswered is None else reading.unanswered
    return tuple(_item(name, found[name], who, reading, evidence, left=name in unanswered) for name in found)


def _item(
    name: str, found: Strength, who: Listener, reading: Reading, evidence: Mapping[Sign | None, str], *, left: bool
) -> Item:
    progress, regress, quote = round(found.progress, 4), round(found.regress, 4), evidence.get(found.harmed, "")
    doubted = round(found.doubted, 4)
    if who.unanswered is not None and left:
        regress, doubted, quote = 1.0, 0.0, who.unanswered
    helped, harmed = _level(progress, reading.progress_at), _level(round(regress - doubted, 4), reading.regress_at)
    return Item(
        dimension=name,
        progress=helped,
        progress_evidence=evidence.get(found.helped, "") if helped else "",
        progress_share=progress,
        regress=harmed,
        regress_evidence=quote if harmed else "",
        regress_share=regress,
        regress_doubted=doubted,
    )


def agrees(item: Item, reading: Reading) -> bool:
    """Say whether the levels of ``item`` are those that its shares round to; true of one that has no shares.

    Doubted harm makes no level.
    """
    lost = None if item.regress_share is None else round(item.regress_share - item.regress_doubted, 4)
    told = ((item.progress, item.progress_share, reading.progress_at), (item.regress, lost, reading.regress_at))
    return all(share is None or level == _level(share, at) for level, share, at in told)


def _level(share: float, thresholds: tuple[float, float]) -> int:
    return sum(share >= threshold for threshold in thresholds)
