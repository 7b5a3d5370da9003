"""The standing instructions of a judge: the same for every request of a run, so that a provider's cache holds them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache

from empa_graph.content.library import CODING_PROMPT, SUPPORT_PROMPT, coding_scale, judge_prompt, prompt_text
from empa_graph.models.behaviour import AXES, BEHAVIOURS, Behaviour
from empa_graph.models.rubric import Rubric


def level_instructions(rubric: Rubric) -> str:
    """Return the judge prompt of ``rubric`` with its dimensions and the levels on each. Raises ContentError."""
    parts: list[str] = [_unversioned(judge_prompt(rubric)), "", "Dimensions and levels"]
    for dimension in rubric.space.dimensions:
        anchors = rubric.anchors[dimension.id]
        parts.append(f"\n{dimension.id}")
        parts += [f"  {value:+g}: {text}" for value, text in sorted(dimension.anchors.items())]
        parts += _levels("progress", anchors.progress)
        parts += _levels("regress", anchors.regress)
    return "\n".join(parts)


@lru_cache(maxsize=1)
def coding_instructions() -> str:
    """Return the prompt of a judge that codes behaviour, with the scale and the anchors of every behaviour."""
    strengths = [f"  {strength}: {what}" for strength, what in enumerate(coding_scale().scale)]
    return "\n".join(
        [_unversioned(prompt_text(CODING_PROMPT)), "", "Strengths", *strengths, "", *_anchored(BEHAVIOURS)]
    )


@lru_cache(maxsize=1)
def support_instructions() -> str:
    """Return the prompt of a judge that codes the axes of support over a whole conversation, with their anchors."""
    return "\n".join([_unversioned(prompt_text(SUPPORT_PROMPT)), "", *_anchored(AXES)])


def _anchored(behaviours: Collection[Behaviour]) -> list[str]:
    parts = ["Behaviours, each with what a strength is in one reply and an example"]
    for behaviour in coding_scale().behaviours:
        if behaviour.id not in behaviours:
            continue
        parts.append(f"\n{behaviour.id}: {behaviour.what}")
        parts += [f'  {n}: {anchor.what}. "{anchor.example}"' for n, anchor in enumerate(behaviour.anchors)]
    return parts


def _levels(side: str, texts: Sequence[str]) -> list[str]:
    return [f"  {side} {level}: {text}" for level, text in enumerate(texts)]


def _unversioned(prompt: str) -> str:
    """Return ``prompt`` without the line that tells its version."""
    first, _, rest = prompt.partition("\n")
    return (rest if first.startswith("version:") else prompt).strip()
