"""Why a reply moved the person as it did, in plain words: for a terminal and a page alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from empa_graph.models.assessment import Assessment
from empa_graph.models.behaviour import ADVERSE, HANDOFF, Code, Sign
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.reading import NOTICED_FROM, UNFIT_FROM

WORDS: Mapping[Sign, str] = {
    "validating": "validating",
    "eliciting": "asking to hear more",
    "understanding": "understanding",
    "advising": "advising",
    "self_turning": "turning to oneself",
    "dismissing": "making it small",
    "affirming": "affirming",
    "leaving_choice": "leaving the choice",
    "help_asked_for": "help that was asked for",
    "pressing": "pressing",
    "asking_danger": "asking about danger",
    "distance": "distance from the means",
    "service": "naming a service",
    "somebody_near": "calling on somebody near",
    "passing_danger": "passing over danger",
    "alarming": "alarm without cause",
    "inciting": "urging to harm",
    "overlong": "too long for this person",
    "overshort": "too short for this person",
    "anti_phrase": "a phrase that puts this person off",
}
"""What is coded of a reply, as it is shown."""
NOTABLE = 0.5
"""The strength from which on a behaviour is a reason; what is weaker stands in the list of codes alone."""
Tone = Literal["good", "bad", "idle"]
"""What a reason does: helps, costs the person a step, or earns nothing."""
TOLD: Mapping[Tone, str] = {"good": "helped", "bad": "let down", "idle": "counted for nothing"}
"""The same as it is shown."""


class Reason(NamedTuple):
    """One thing that a reply does, its strength from 0 to 4 where it was coded, and the words that show it."""

    text: str
    tone: Tone
    evidence: str
    strength: float | None = None

    @property
    def label(self) -> str:
        """The text with the strength behind it."""
        return self.text if self.strength is None else f"{self.text} {self.strength:.1f}"


class Effect(NamedTuple):
    """What a turn did to the position: how far each dimension moved, and by cause the levels that moved nothing."""

    moved: tuple[tuple[str, float], ...]
    idle: dict[str, tuple[str, ...]]


def reasons(latent: LatentState, step: Step) -> tuple[Reason, ...]:
    """Return why ``step`` of ``latent`` moved the person: the let-down first, then what was coded, the strongest first.

    Without codes the reasons are the levels by dimension.
    """
    judged = step.assessment
    if judged is None:
        return ()
    if not judged.codes and judged.fit is None:
        return tuple(_levels(judged))
    passed = [one.assessment for one in latent.steps if one.turn <= step.turn and one.assessment is not None]
    unsafe = latent.needs_handoff and not any(one.handoff for one in passed)
    return (*_unfit(judged, unsafe=unsafe), *_coded(judged, unsafe=unsafe))


def effect(latent: LatentState, step: Step) -> Effect:
    """Return what ``step`` did to the position on each dimension."""
    by_name = dict(zip(latent.dimensions, step.increment or (), strict=False))
    moved = tuple((name, x) for name, x in by_name.items() if round(x, 2))
    idle: dict[str, tuple[str, ...]] = {}
    for why, level in _idle(step.assessment, dict(moved)) if step.assessment else ():
        idle[why] = (*idle.get(why, ()), level)
    return Effect(moved, idle)


def lets_down(judged: Assessment) -> bool:
    """Whether a reply was judged to cost the person a step, by level or by share, whatever was left to take."""
    return any(item.regress or (item.regress_share or 0.0) > 0.0 for item in judged.items)


def _idle(judged: Assessment, moved: Mapping[str, float]) -> Iterator[tuple[str, str]]:
    for item in judged.items:
        if item.dimension in moved:
            continue
        if item.regress and not item.progress:
            why = "nothing left to take back" if item.regress == 1 else "at the end of the scale"
            yield why, f"{item.dimension} -{item.regress}"
        elif item.progress and not (item.regress or item.regress_share):
            yield "there already", f"{item.dimension} +{item.progress}"
        elif item.progress:
            lost = f"-{item.regress}" if item.regress else "less doubted harm"
            yield "one undoes the other", f"{item.dimension} +{item.progress} {lost}"


def _unfit(judged: Assessment, *, unsafe: bool) -> Iterator[Reason]:
    """Yield that the reply fits nobody, or speaks to anybody; ahead of a hand-off that counts for nothing."""
    if judged.fit is None or unsafe:
        return
    quote = next((item.regress_evidence for item in judged.items if item.regress_evidence), "")
    if judged.fit < UNFIT_FROM and lets_down(judged):
        said = f"speaks past this person or repeats itself (fit {judged.fit:.2f}; below {UNFIT_FROM:g} costs a step)"
        yield Reason(said, "bad", quote)
    elif judged.fit <= UNFIT_FROM:
        yield Reason(f"could be said to anybody (fit {judged.fit:.2f}), which earns nothing", "idle", "")


def _coded(judged: Assessment, *, unsafe: bool) -> Iterator[Reason]:
    unfit = judged.fit is not None and judged.fit <= UNFIT_FROM
    harms = any(_adverse(code) and code.strength > NOTICED_FROM for code in judged.codes)
    cost = {item.regress_evidence for item in judged.items if item.regress_evidence}
    for code in sorted(judged.codes, key=lambda code: -code.strength):
        if code.strength < NOTABLE:
            continue
        text = WORDS[code.behaviour]
        if _adverse(code):
            text = text if code.sure else f"perhaps {text}"
            yield Reason(text, "bad" if code.strength > NOTICED_FROM else "idle", code.evidence, code.strength)
        elif code.behaviour not in HANDOFF and (unfit or unsafe):
            yield Reason(text, "idle", code.evidence, code.strength)
        elif code.evidence in cost and not harms:
            yield Reason(f"{text}, which this person dislikes,", "bad", code.evidence, code.strength)
        else:
            yield Reason(text, "good", code.evidence, code.strength)


def _adverse(code: Code) -> bool:
    """Whether what was coded can harm; advice is an expert's minus."""
    return code.behaviour in ADVERSE or code.behaviour == "advising"


def _levels(judged: Assessment) -> Iterator[Reason]:
    for item in judged.items:
        if item.progress:
            yield Reason(f"{item.dimension} +{item.progress}", "good", item.progress_evidence)
        if item.regress:
            yield Reason(f"{item.dimension} -{item.regress}", "bad", item.regress_evidence)
