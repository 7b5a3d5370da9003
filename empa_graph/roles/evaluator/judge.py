"""The judge: a chat model that answers in an enforced schema, evidence first; a bad answer is a recorded failure."""

from __future__ import annotations

from typing import NamedTuple

from empa_graph.errors import UsageError
from empa_graph.llm import Chat, Completion
from empa_graph.models.assessment import Assessment
from empa_graph.models.dialogue import total_usage
from empa_graph.models.failure import Failure
from empa_graph.models.latent import Step
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.answering import Question, answered
from empa_graph.roles.evaluator.coding_answer import Coding, model_codes
from empa_graph.roles.evaluator.judge_answer import Verdict, answer_schema, read
from empa_graph.roles.evaluator.judge_instructions import level_instructions
from empa_graph.roles.evaluator.judge_prompt import JudgeRequest, judge_request
from empa_graph.roles.evaluator.movement import increment
from empa_graph.roles.evaluator.quotation import is_blank
from empa_graph.roles.evaluator.step import coded_step
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite, ours
from empa_graph.seeds import derived_seed


class _Judged(NamedTuple):
    verdict: Verdict | Coding
    answers: tuple[Completion, ...]


class JudgeEvaluator:
    """Judges each ``every``-th turn with ``chat``, with at most one corrective retry per judgement.

    Under a rubric with ``reading`` and no prompt of its own the model codes what the replies do, and the reading makes
    the step as it does for every coder; under a rubric with a judge prompt it gives levels.
    A judgement covers the replies since the last turn that was due; the last possible turn is always due. A turn
    between is a step without increment and failure, and costs no call. Raises UsageError for ``every`` below 1, and for
    a rubric that has neither.
    """

    name = "judge"

    def __init__(self, chat: Chat, rubric: Rubric, *, every: int = 1) -> None:
        if every < 1:
            raise UsageError(f"a judge is asked every {every} turns, allowed is 1 or more")
        if rubric.reading is None and rubric.judge_prompt is None:
            raise UsageError(
                f"rubric '{rubric.id}' has no 'reading' and no 'judge_prompt': a judge can make nothing of it"
            )
        self._chat = chat
        self.rubric = rubric
        self._every = every
        self._codes = rubric.codes_behaviour
        self._system = "" if self._codes else level_instructions(rubric)

    @ours
    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge what is due; what the judge could not give is a typed failure and no number."""
        turn = len(view["latent"].steps) + 1
        if turn % self._every and turn < self.rubric.stop.max_turns:
            return EvaluatorWrite(latent=Step(turn=turn, increment=None, due=False))
        return await self.closing(view)

    async def closing(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge what is left since the last turn that was due, as at the end of a conversation."""
        turn = len(view["latent"].steps) + 1
        since = max((step.turn for step in view["latent"].steps if step.due), default=0)
        case = judge_request(view, since=since, every=self._every, coding=self._codes)
        if self._codes and all(is_blank("".join(said)) for said in case.replies):
            judged = _Judged(Coding(), ())  # a reply without a word does nothing that a model could code
        else:
            judged = await self._judged(case, view, turn)
        return EvaluatorWrite(latent=self._step(view, judged, count=len(case.replies)))

    async def _judged(self, case: JudgeRequest, view: EvaluatorView, turn: int) -> _Judged:
        def seed(attempt: int) -> int:
            return derived_seed(view["seed"], "judge", turn, attempt)

        if self._codes:
            return _Judged(*await model_codes(self._chat, case, seed))
        crisis = view["scenario"] is not None and view["scenario"].in_crisis
        schema = answer_schema(self.rubric.space.names, card_part=self.rubric.requires_card_part, crisis=crisis)
        asked = Question(self._system, case, schema)
        return _Judged(*await answered(self._chat, asked, lambda answer: read(answer, schema, case.replies), seed))

    def _step(self, view: EvaluatorView, judged: _Judged, *, count: int) -> Step:
        turn, (verdict, answers) = len(view["latent"].steps) + 1, judged
        usage = total_usage([answer.usage for answer in answers])
        if verdict.kind:
            detail = f"no valid judgement at turn {turn} after {len(answers)} answers: {verdict.detail}"
            failure = Failure(turn=turn, blame="evaluator", kind=verdict.kind, detail=detail[:500])
            return Step(turn=turn, increment=None, failure=failure, usage=usage)
        if isinstance(verdict, Coding):
            step = coded_step(verdict.codes, view, self.rubric, coder=self.name, count=count)
        else:
            given = Assessment(evaluator=self.name, items=verdict.items, handoff=verdict.handoff)
            moved = increment(verdict.items, view["latent"], self.rubric)
            step = Step(turn=turn, increment=moved, assessment=given)
        asked = {"model": answers[-1].model if answers else None, "repaired": len(answers) > 1, "usage": usage}
        return step.model_copy(update={"assessment": step.assessment and step.assessment.model_copy(update=asked)})
