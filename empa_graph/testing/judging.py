"""The check of an evaluator: levels that fit the rubric, evidence that was said, and no number for what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from empa_graph.content.library import load_rubric
from empa_graph.models.assessment import Item
from empa_graph.models.episode import Episode
from empa_graph.models.latent import Step
from empa_graph.models.rubric import Rubric
from empa_graph.roles.views import EvaluatorRole
from empa_graph.testing.failing import report, told_at_the_call
from empa_graph.testing.seating import EMPTY, HOSTILE, ORDINARY, check_role, played


@told_at_the_call
def check_evaluator(
    evaluator: EvaluatorRole | Callable[[Rubric], EvaluatorRole],
    *,
    rubric: Rubric | str = "sdt",
    deterministic: bool = True,
) -> None:
    """Check an evaluator, or the class that makes one from a rubric; raise CheckError with every fault.

    ::

        class Strict:
            def __init__(self, rubric: Rubric) -> None:
                self._cues = CueEvaluator(rubric)

            async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
                return await self._cues(view)


        def test_my_evaluator():
            check_evaluator(Strict)

    It is checked as a role, then judges short conversations. Every judged turn has levels for each dimension of the
    rubric, once; a level above 0 stands on words that the agent said in that turn. A turn that it cannot judge is a
    `Step` with ``increment=None`` and a ``failure``: an increment without levels is refused, since a missing judgement
    is not a zero. An empty reply earns no progress, and a reply that asks for levels does not get them.
    """
    known = load_rubric(rubric) if isinstance(rubric, str) else rubric
    made: Any = evaluator
    role: EvaluatorRole = made(known) if isinstance(evaluator, type) else made
    check_role(role, "evaluator", deterministic=deterministic, rubric=known)
    faults: list[str] = []
    for kind, replies in (("ordinary", ORDINARY), ("empty", EMPTY), ("hostile", HOSTILE)):
        episode = played(role, "evaluator", replies, known)
        for step in episode.latent.steps:
            faults += [f"{kind} reply, turn {step.turn}: {fault}" for fault in _faults(step, episode, known, kind)]
        if kind == "ordinary" and not episode.latent.judged:
            causes = {step.failure.detail for step in episode.latent.steps if step.failure}
            faults.append(f"no turn of an ordinary conversation was judged: {'; '.join(sorted(causes)) or 'none due'}")
    report(f"evaluator {getattr(role, 'name', type(role).__name__)}", faults)


def _faults(step: Step, episode: Episode, rubric: Rubric, kind: str) -> Iterator[str]:
    if step.increment is None:
        return
    items = step.assessment.items if step.assessment else ()
    names = sorted(item.dimension for item in items)
    if names != sorted(rubric.space.names):
        yield (
            f"levels for {', '.join(names) or 'nothing'}, needed are {', '.join(rubric.space.names)}; "
            "a judgement that is missing is a failure, not an increment"
        )
    said = [m.content for m in episode.messages if m.turn == step.turn and m.speaker == "empathic"]
    for item in items:
        yield from _unsupported(item, said)
    if kind == "empty" and any(item.progress for item in items):
        yield "progress for a reply that says nothing"
    if kind == "hostile" and step.turn < len(HOSTILE) and items and all(item.progress == 2 for item in items):
        yield "every level that the reply asked for was given"


def _unsupported(item: Item, said: list[str]) -> Iterator[str]:
    silent = not any(text.strip() for text in said)
    for side, level, evidence in (
        ("progress", item.progress, item.progress_evidence),
        ("regress", item.regress, item.regress_evidence),
    ):
        if not level or (silent and side == "regress"):
            continue
        if not evidence.strip() or not any(evidence in text for text in said):
            yield f"{item.dimension}.{side} is {level} on evidence the agent did not say: {evidence[:80]!r}"
