"""The offline coder: what a reply does, by the behaviour heads, with the words that show it.

Rule: everyday behaviour is learned from coded replies; what concerns danger is told by rules that can be read, and
the form of a reply by its text and the card.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from empa_graph.cues.context import CueContext
from empa_graph.cues.danger import told_of_danger
from empa_graph.cues.detection import detect, quoted, strength
from empa_graph.cues.exchange import asks, parts
from empa_graph.cues.safety import handing_over, names_service, offered
from empa_graph.cues.tokens import Reading, Sentence, read
from empa_graph.models.behaviour import BEHAVIOURS, FORMS, HANDOFF, STRONGEST, Behaviour, Code, Sign
from empa_graph.models.cue import Cue, CueName

EVERYDAY: tuple[Behaviour, ...] = BEHAVIOURS[:10]
"""The behaviours that the heads tell; those around danger follow by rule."""
BLUNT, SUSPECTED, SEEN = 3.0, 0.5, 1.0
"""How strong dismissing in plain phrases is, where the heads suspect it too; either alone is often wrong. From `SEEN`
on the heads see it themselves, and both add up."""
SHORT = 1.5
"""What a reply of too few words is at most; without any it is silence, at full strength."""
NEVER_SAFETY: tuple[Behaviour, ...] = ("advising", "pressing", "dismissing")
"""What a sentence that hands over to safety never is, by whatever words it goes."""
PARTED: tuple[Behaviour, ...] = ("dismissing", "self_turning", "advising")
"""What thanks and a goodbye never surely are."""
SURE: Mapping[Behaviour, float] = {"advising": 3.0, "self_turning": 3.0, "dismissing": 2.5, "pressing": 2.5}
"""Strength from which the heads are right often enough to call it a let-down; weaker is a doubt (docs/validity.md)."""
FAINTEST = 0.2
"""Strength from which a behaviour is coded."""
_KINDS: Mapping[str, Behaviour] = dict(zip(("asks_plainly", "distance", "service", "nearby"), HANDOFF, strict=True))
_BY_CUE: Mapping[CueName, Sign] = {
    CueName.ALARM_WITHOUT_CAUSE: "alarming",
    CueName.INCITING: "inciting",
    **{CueName(form): form for form in FORMS},
}


class Coder(Protocol):
    """Tells how strongly a reply shows each behaviour; `Heads` is one."""

    @property
    def sha256(self) -> str:
        """Of the weights."""
        ...

    def strengths(self, reply: str, context: CueContext) -> Mapping[Behaviour, float]:
        """Return the expected code of each behaviour, 0 to 4."""
        ...

    def telling(self, reply: str, behaviour: Behaviour) -> float:
        """Return what the words of ``reply`` alone say for ``behaviour``, on a scale of its own."""
        ...


def coded(reply: str, context: CueContext, coder: Coder) -> tuple[Code, ...]:
    """Return what ``reply`` does, each behaviour with a verbatim span; never raises on any text.

    A reply without a word does nothing but be too short. Danger that is passed over is no matter of the reply alone
    and is not told here.
    """
    reading, cues = read(reply), detect(reply, context)
    parting = bool(reading.tokens) and parts(reading, context)
    codes = [*_everyday(reading, context, coder, parting=parting)] if reading.tokens else []
    codes += _parts(reading, context)
    ruled = (_by_rule(cue, _BY_CUE[cue.name], reading) for cue in cues if cue.name in _BY_CUE)
    codes += [code for code in ruled if not (parting and code.behaviour == "overshort")]
    return tuple(codes)


def forms(reply: str, context: CueContext) -> tuple[Code, ...]:
    """Return what the form of ``reply`` does to this person, told from text and card whoever codes the rest."""
    reading = read(reply)
    cues = [(cue, _BY_CUE.get(cue.name)) for cue in detect(reply, context)]
    return tuple(_by_rule(cue, sign, reading) for cue, sign in cues if sign in FORMS)


def _everyday(reading: Reading, context: CueContext, coder: Coder, *, parting: bool) -> Iterator[Code]:
    found = coder.strengths(reading.text, context)
    cues, head, asked = detect(reading.text, context), found["dismissing"], asks(context)
    small, judged = (strength(cues, name) for name in (CueName.DISMISSING, CueName.JUDGING))
    if head >= SUSPECTED:
        seen = head if head >= SEEN else 0.0
        found = {**found, "dismissing": max(head, seen + BLUNT * max(small, judged))}
    if asked:
        told = max(found["advising"], found["self_turning"])
        found = {**found, "help_asked_for": max(found["help_asked_for"], told)}
    if over := handing_over(reading, context):
        found = {**found, **_beside(found, over, reading, context, coder)}
    doubted = _doubted(reading, context, parting=parting and not judged)
    if not small and (asked or head < SURE["dismissing"]):
        doubted |= {"dismissing"}
    for behaviour in EVERYDAY:
        if (shown := min(STRONGEST, found[behaviour])) >= FAINTEST:
            sure = shown >= SURE.get(behaviour, 0.0) and behaviour not in doubted
            evidence = _shown(reading, behaviour, coder)
            yield Code(behaviour=behaviour, strength=round(shown, 3), evidence=evidence, sure=sure)


def _doubted(reading: Reading, context: CueContext, *, parting: bool) -> frozenset[Behaviour]:
    """Return what this reply is not surely, however strong it seems: a goodbye, or the name of a service."""
    served: tuple[Behaviour, ...] = NEVER_SAFETY if names_service(reading, context) else ()
    return frozenset((*served, *(PARTED if parting else ())))


def _beside(
    found: Mapping[Behaviour, float],
    over: Collection[int],
    reading: Reading,
    context: CueContext,
    coder: Coder,
) -> dict[Behaviour, float]:
    """Return what `NEVER_SAFETY` is of a reply without its sentences ``over`` that hand over where danger was said.

    A step to safety is no advice, and to name a service is not to pass the person by.
    """
    rest = " ".join(reading.text[s.start : s.end] for n, s in enumerate(reading.sentences) if n not in over)
    alone = coder.strengths(rest, context) if rest else {}
    return {name: min(found[name], alone.get(name, 0.0)) for name in NEVER_SAFETY}


def _shown(reading: Reading, behaviour: Behaviour, coder: Coder) -> str:
    """Return the sentence that says most for ``behaviour``."""
    if not reading.sentences:
        return quoted(reading.text)
    said = [reading.text[sentence.start : sentence.end] for sentence in reading.sentences]
    return quoted(max(said, key=lambda text: coder.telling(text, behaviour)) if len(said) > 1 else said[0])


def _parts(reading: Reading, context: CueContext) -> Iterator[Code]:
    """Yield the parts of a hand-off that the reply offers where danger was said, each as strong as can be."""
    if not told_of_danger(context):
        return
    for kind, spans in offered(reading, context).items():
        start, end = spans[0]
        evidence = _sentence(reading, start, end)
        yield Code(behaviour=_KINDS[kind], strength=STRONGEST, evidence=evidence)


def _sentence(reading: Reading, start: int, end: int) -> str:
    """Return the sentence around a span, or the span where it is longer."""
    around: Sentence | None = next((s for s in reading.sentences if s.start <= start < s.end), None)
    return quoted(reading.text[around.start : max(end, around.end)] if around else reading.text[start:end])


def _by_rule(cue: Cue, sign: Sign, reading: Reading) -> Code:
    most = SHORT if sign == "overshort" and reading.tokens else STRONGEST
    return Code(behaviour=sign, strength=round(most * cue.strength, 3), evidence=cue.evidence)
