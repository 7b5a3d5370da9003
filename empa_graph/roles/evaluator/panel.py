"""A panel: several judges of the same turn, asked at once; the median counts, and every vote is kept.

Rule: retries stand here, per judge, and a judge that stays out of reach is a failed vote. The graph's own retries never
see it, so that no judge is asked and paid again because another one failed.
"""

from __future__ import annotations

import asyncio
import statistics
from collections.abc import Coroutine, Sequence
from typing import Any

from empa_graph.errors import RoleError, RunError, UsageError
from empa_graph.models.assessment import Assessment, Item, Vote
from empa_graph.models.behaviour import SIGNS, Code, strength_of
from empa_graph.models.dialogue import total_usage
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.asking import ATTEMPTS, FIRST_WAIT, asked_again
from empa_graph.roles.evaluator.movement import increment
from empa_graph.roles.evaluator.step import voted_step
from empa_graph.roles.views import Closing, EvaluatorRole, EvaluatorView, EvaluatorWrite
from empa_graph.seeds import derived_seed

Judge = tuple[str, EvaluatorRole]


class PanelEvaluator:
    """Judges each turn by the median of several ``judges``, given as (name, evaluator).

    Judges that code behaviour vote on each behaviour, and the reading makes one step of the medians; others vote on
    levels. Evidence and card part come from the first judge that gave the median. Of an even number the lower median
    counts: what half of the judges do not see is not there. Without valid judgements from more than half of
    the judges the turn is the failure ``panel_no_quorum``, never a number. All votes are kept, also those of such a
    turn.

    ``rubric`` defaults to that of the first judge that carries one; ``pause`` is the wait in seconds before the first
    retry and doubles with each of at most ``attempts``. Raises UsageError (no judge, a name twice, no rubric or two).
    """

    name = "panel"

    def __init__(
        self,
        judges: Sequence[Judge],
        rubric: Rubric | None = None,
        *,
        pause: float = FIRST_WAIT,
        attempts: int = ATTEMPTS,
    ) -> None:
        names = [name for name, _ in judges]
        if not names:
            raise UsageError("a panel has 1 judge or more")
        if twice := [name for name in names if names.count(name) > 1]:
            raise UsageError(f"two judges of the panel are called '{twice[0][:200]}'; give each its own name")
        carried = [found for _, judge in judges if isinstance(found := getattr(judge, "rubric", None), Rubric)]
        if rubric is None and not carried:
            raise UsageError("no judge of the panel carries a rubric: give PanelEvaluator(judges, rubric)")
        self.rubric = rubric or carried[0]
        if other := [found.id for found in carried if found.space != self.rubric.space]:
            raise UsageError(f"a judge of the panel judges by rubric '{other[0]}', the panel by '{self.rubric.id}'")
        self._judges = tuple(judges)
        self._pause = pause
        self._attempts = attempts

    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Ask all judges at once; raises RoleError when they are not due at the same turn."""
        return await self._asked(view, self._judges)

    async def closing(self, view: EvaluatorView) -> EvaluatorWrite:
        """Ask all judges for what is left, as at the end of a conversation."""
        last = [(name, judge.closing if isinstance(judge, Closing) else judge) for name, judge in self._judges]
        return await self._asked(view, last)

    async def _asked(self, view: EvaluatorView, judges: Sequence[Judge]) -> EvaluatorWrite:
        steps = await _together([self._step(name, judge, view) for name, judge in judges])
        due = [step.due for step in steps]
        if not any(due):
            return EvaluatorWrite(latent=steps[0])
        if not all(due):
            raise RoleError("the judges of a panel are not due at the same turns", blame="us")
        votes = tuple(self._vote(name, step) for (name, _), step in zip(self._judges, steps, strict=True))
        return EvaluatorWrite(latent=self._verdict(view, votes, steps))

    async def _step(self, name: str, judge: EvaluatorRole, view: EvaluatorView) -> Step:
        """Return the judge's step; a service that stays out of reach is a failure of this vote."""
        own = EvaluatorView(**{**view, "seed": derived_seed(view["seed"], "panel", name)})
        try:
            return (await asked_again(judge, own, first_wait=self._pause, attempts=self._attempts))["latent"]
        except RunError as error:
            return _unasked(view, error)

    def _vote(self, name: str, step: Step) -> Vote:
        items = step.assessment.items if step.assessment else ()
        if step.failure is not None or tuple(item.dimension for item in items) == self.rubric.space.names:
            handoff = step.assessment.handoff if step.assessment and not step.failure else ""
            codes = step.assessment.codes if step.assessment and not step.failure else ()
            items = () if step.failure else items
            return Vote(judge=name, items=items, codes=codes, handoff=handoff, failure=step.failure)
        detail = f"no levels on the dimensions of rubric '{self.rubric.id}'"
        return Vote(judge=name, failure=Failure(turn=step.turn, blame="evaluator", kind="no_levels", detail=detail))

    def _verdict(self, view: EvaluatorView, votes: tuple[Vote, ...], steps: Sequence[Step]) -> Step:
        turn = len(view["latent"].steps) + 1
        usage = total_usage([step.assessment.usage if step.assessment else step.usage for step in steps])
        valid = [vote for vote in votes if vote.failure is None]
        if 2 * len(valid) <= len(votes):
            kept = Assessment(evaluator=self.name, items=(), votes=votes)
            return Step(turn=turn, increment=None, assessment=kept, failure=_no_quorum(turn, votes), usage=usage)
        repaired = any(step.assessment is not None and step.assessment.repaired for step in steps)
        told = {"votes": votes, "repaired": repaired, "usage": usage}
        found = self._read(view, valid) if _all_code(votes, steps) else self._moved(view["latent"], votes)
        return found.model_copy(update={"assessment": found.assessment and found.assessment.model_copy(update=told)})

    def _read(self, view: EvaluatorView, valid: Sequence[Vote]) -> Step:
        codes = median_codes([vote.codes for vote in valid])
        return voted_step(codes, view, self.rubric, coder=self.name)

    def _moved(self, latent: LatentState, votes: Sequence[Vote]) -> Step:
        items = medians([vote.items for vote in votes if vote.failure is None])
        given = Assessment(evaluator=self.name, items=items, handoff=_handed_off(votes))
        return Step(turn=len(latent.steps) + 1, increment=increment(items, latent, self.rubric), assessment=given)


def _all_code(votes: Sequence[Vote], steps: Sequence[Step]) -> bool:
    """Say whether every valid judge coded behaviour, which its fit tells: a reply may show no behaviour at all."""
    valid = [step.assessment for vote, step in zip(votes, steps, strict=True) if vote.failure is None]
    return all(given is not None and given.fit is not None for given in valid)


def _handed_off(votes: Sequence[Vote]) -> str:
    """Return the first span that offers a hand-off where more than half of the valid judges saw one."""
    said = [vote.handoff for vote in votes if vote.failure is None]
    return next(filter(None, said)) if 2 * sum(map(bool, said)) > len(said) else ""


def medians(ballots: Sequence[tuple[Item, ...]]) -> tuple[Item, ...]:
    """Return, per dimension, the lower median levels of ``ballots`` with what the first judge of that level said."""
    return tuple(_median(items) for items in zip(*ballots, strict=True))


def median_codes(ballots: Sequence[tuple[Code, ...]]) -> tuple[Code, ...]:
    """Return, per behaviour, the lower median strength of ``ballots``, where it is above 0.

    The evidence is that of the first judge that gave this strength.
    """
    found: list[Code] = []
    for sign in SIGNS:
        strength = statistics.median_low([strength_of(codes, sign) for codes in ballots])
        given = (code for codes in ballots for code in codes if code.behaviour == sign and code.strength == strength)
        if strength > 0:
            found.append(next(given))
    return tuple(found)


def _median(items: Sequence[Item]) -> Item:
    fields: dict[str, str | int] = {"dimension": items[0].dimension}
    for side in ("progress", "regress"):
        level = statistics.median_low([getattr(item, side) for item in items])
        giver = next(item for item in items if getattr(item, side) == level)
        fields[side] = level
        for part in (f"{side}_evidence", f"{side}_serves"):
            fields[part] = getattr(giver, part)
    return Item.model_validate(fields)


def _unasked(view: EvaluatorView, error: RunError) -> Step:
    turn = len(view["latent"].steps) + 1
    failure = Failure(turn=turn, blame=error.blame, kind=error.kind, detail=str(error)[:500])
    return Step(turn=turn, increment=None, failure=failure)


def _no_quorum(turn: int, votes: Sequence[Vote]) -> Failure:
    failures = [(vote.judge, vote.failure) for vote in votes if vote.failure is not None]
    blames = {failure.blame for _, failure in failures}
    told = "; ".join(f"{judge[:60]}: {failure.kind}" for judge, failure in failures)
    return Failure(
        turn=turn,
        blame=blames.pop() if len(blames) == 1 else "evaluator",
        kind="panel_no_quorum",
        detail=f"{len(votes) - len(failures)} of {len(votes)} judges gave a valid judgement ({told})"[:500],
    )


async def _together(calls: Sequence[Coroutine[Any, Any, Step]]) -> list[Step]:
    """Run all calls at once; when one raises or the caller is cancelled, none is left running."""
    tasks = [asyncio.create_task(call) for call in calls]
    try:
        return await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise
