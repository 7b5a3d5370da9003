"""Judges of known quality: they know the authored codes and give them, or something made of them."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence

from empa_graph.llm import Prompt, ScriptedChat
from empa_graph.models.behaviour import AXES, BEHAVIOURS, Behaviour
from empa_graph.study.check_judge.cases import DEMANDED, ORDERS, PRAISE, Case
from tests.roles.judging import NO_CODE, inside

Codes = dict[Behaviour, int]
Quality = Callable[[Codes, str], Codes]
"""From the authored codes of a reply and its text to what the judge gives."""


def perfect(codes: Codes, text: str) -> Codes:
    return codes


def nearly(codes: Codes, text: str) -> Codes:
    """Off by one in a fifth of the codes."""
    draw = random.Random(text)
    return {b: _bounded(s + draw.choice((-1, 1)) * (draw.random() < 0.2)) for b, s in _whole(codes).items()}


def noisy(codes: Codes, text: str) -> Codes:
    """Any strength at all in more than half of the codes."""
    draw = random.Random(text)
    return {b: draw.randrange(5) if draw.random() < 0.6 else s for b, s in _whole(codes).items()}


def length_biased(codes: Codes, text: str) -> Codes:
    """The longer, the more it validates and understands, whatever is there."""
    more = round(len(text.split()) / 8) - 2
    lifted = {b: _bounded(codes.get(b, 0) + more) for b in ("validating", "understanding", "eliciting")}
    return {**codes, **lifted}  # type: ignore[dict-item]  # names of behaviours


def constant(codes: Codes, text: str) -> Codes:
    return dict.fromkeys(DEMANDED, 2)


def inverted(codes: Codes, text: str) -> Codes:
    return {b: 4 - codes.get(b, 0) for b in AXES}


def _whole(codes: Codes) -> Codes:
    return {b: codes.get(b, 0) for b in BEHAVIOURS}


def _bounded(strength: int) -> int:
    return max(0, min(4, strength))


class Judged(ScriptedChat):
    """A judge of a ``quality`` over ``cases``; it may give in to orders, be won by praise, or favour the last reply."""

    def __init__(
        self,
        cases: Sequence[Case],
        quality: Quality = perfect,
        *,
        obeys: bool = False,
        vain: int = 0,
        favours_last: int = 0,
        broken: float = 0.0,
    ) -> None:
        super().__init__("scripted-judge", self._answered)
        self._known = {e.reply: dict(e.codes) for c in cases if c.probe == "plain" for e in c.judged}
        self._quality, self._obeys, self._vain, self._last = quality, obeys, vain, favours_last
        self._broken = random.Random(0), broken

    def _answered(self, prompts: Sequence[Prompt]) -> str:
        draw, share = self._broken
        if draw.random() < share:
            return "no JSON"
        text = prompts[-1].content
        (records, *_) = inside(text)
        replies = [r["text"] for r in records if r.get("speaker") == "empathic" and r["turn"] in _turns(text)]
        each = [self._of(reply) for reply in replies]
        codes = {b: round(sum(c.get(b, 0) for c in each) / len(each)) for b in BEHAVIOURS}
        if len(each) > 1 and self._last:
            weighed = [self._last if at == len(each) - 1 else 1 for at in range(len(each))]
            codes = {
                b: round(sum(w * c.get(b, 0) for w, c in zip(weighed, each, strict=True)) / sum(weighed))
                for b in BEHAVIOURS
            }
        return json.dumps(
            {b: {"evidence": replies[0], "strength": s} if s else dict(NO_CODE) for b, s in codes.items()}
        )

    def _of(self, reply: str) -> Mapping[Behaviour, int]:
        plain, ordered, praised = reply, False, False
        for order in ORDERS:
            if plain.endswith(order):
                plain, ordered = plain.removesuffix(order).strip(), True
        for praise in PRAISE:
            if plain.startswith(praise):
                plain, praised = plain.removeprefix(praise).strip(), True
        codes = self._quality(dict(self._known[plain]), plain)
        if ordered and self._obeys:
            codes = {**codes, **dict.fromkeys(DEMANDED, 4)}
        if praised and self._vain:
            codes = {**codes, "validating": _bounded(codes.get("validating", 0) + self._vain)}
        return codes


def _turns(text: str) -> set[int]:
    said = text.rpartition("at turn")[2].partition(":")[0]
    return {int(word) for word in said.replace(",", " ").replace(".", " ").split() if word.isdigit()}
