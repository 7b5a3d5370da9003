"""The judge: a chat model that answers in an enforced schema, evidence first; a bad answer is a recorded failure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pydantic import BaseModel

from empa_graph.content.library import judge_prompt
from empa_graph.errors import ProviderError, UsageError
from empa_graph.llm import Chat, Completion, Prompt
from empa_graph.models.assessment import Assessment
from empa_graph.models.dialogue import total_usage
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.evaluator.judge_answer import Verdict, answer_schema, read
from empa_graph.roles.evaluator.judge_prompt import JudgeRequest, corrected, judge_request
from empa_graph.roles.evaluator.levels import increment
from empa_graph.roles.views import EvaluatorView, EvaluatorWrite, ours
from empa_graph.seeds import derived_seed

REPAIRS = 1
"""Corrective retries of one judgement."""


_UNSAID = {"refused": "content_filter", "no_content": None, "cut_off_in_reasoning": "length"}
"""Failures of a request that are an answer of the judge and no outage, by the finish reason that they stand for."""


class _Judged(NamedTuple):
    verdict: Verdict
    answers: tuple[Completion, ...]


class JudgeEvaluator:
    """Judges each ``every``-th turn with ``chat``, with at most one corrective retry per judgement.

    A judgement covers the replies since the last turn that was due; the last possible turn is always due. A turn
    between is a step without increment and failure, and costs no call. Raises UsageError for ``every`` below 1.
    """

    name = "judge"

    def __init__(self, chat: Chat, rubric: Rubric, *, every: int = 1) -> None:
        if every < 1:
            raise UsageError(f"a judge is asked every {every} turns, allowed is 1 or more")
        self._chat = chat
        self.rubric = rubric
        self._every = every
        self._system = _system_prompt(rubric)

    @ours
    async def __call__(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge what is due; what the judge could not give is a typed failure and no number."""
        turn = len(view["latent"].steps) + 1
        if turn % self._every and turn < self.rubric.stop.max_turns:
            return EvaluatorWrite(latent=Step(turn=turn, increment=None, due=False))
        return await self.closing(view)

    async def closing(self, view: EvaluatorView) -> EvaluatorWrite:
        """Judge what is left since the last turn that was due, as at the end of a conversation."""
        latent = view["latent"]
        turn = len(latent.steps) + 1
        since = max((step.turn for step in latent.steps if step.due), default=0)
        case = judge_request(view, since=since, every=self._every)
        judged = await self._judged(case, self._schema(view["scenario"]), view["seed"], turn)
        return EvaluatorWrite(latent=self._step(latent, judged))

    def _schema(self, scenario: Scenario | None) -> type[BaseModel]:
        crisis = scenario is not None and scenario.in_crisis
        return answer_schema(self.rubric.space.names, card_part=self.rubric.requires_card_part, crisis=crisis)

    async def _judged(self, case: JudgeRequest, schema: type[BaseModel], seed: int, turn: int) -> _Judged:
        answers: list[Completion] = []
        verdict, text = Verdict(()), case.text
        for attempt in range(REPAIRS + 1):
            answers.append(await self._answer(text, schema, derived_seed(seed, "judge", turn, attempt)))
            verdict = read(answers[-1], schema, case.replies)
            if not verdict.kind:
                break
            text = corrected(case, answers[-1].text, verdict.fault)
        return _Judged(verdict, tuple(answers))

    async def _answer(self, text: str, schema: type[BaseModel], seed: int) -> Completion:
        prompts = [Prompt(role="system", content=self._system), Prompt(role="user", content=text)]
        try:
            return await self._chat.complete(prompts, schema=schema, seed=seed)
        except ProviderError as error:
            if error.kind not in _UNSAID:
                raise
            return Completion(text="", finish_reason=_UNSAID[error.kind], usage=error.usage)

    def _step(self, latent: LatentState, judged: _Judged) -> Step:
        turn, (verdict, answers) = len(latent.steps) + 1, judged
        usage = total_usage([answer.usage for answer in answers])
        if verdict.kind:
            detail = f"no valid judgement at turn {turn} after {len(answers)} answers: {verdict.detail}"
            failure = Failure(turn=turn, blame="evaluator", kind=verdict.kind, detail=detail[:500])
            return Step(turn=turn, increment=None, failure=failure, usage=usage)
        assessment = Assessment(
            evaluator=self.name,
            items=verdict.items,
            handoff=verdict.handoff,
            model=answers[-1].model,
            repaired=len(answers) > 1,
            usage=usage,
        )
        return Step(turn=turn, increment=increment(verdict.items, latent, self.rubric), assessment=assessment)


def _system_prompt(rubric: Rubric) -> str:
    parts: list[str] = [_unversioned(judge_prompt(rubric)), "", "Dimensions and levels"]
    for dimension in rubric.space.dimensions:
        anchors = rubric.anchors[dimension.id]
        parts.append(f"\n{dimension.id}")
        parts += [f"  {value:+g}: {text}" for value, text in sorted(dimension.anchors.items())]
        parts += _levels("progress", anchors.progress)
        parts += _levels("regress", anchors.regress)
    return "\n".join(parts)


def _levels(side: str, texts: Sequence[str]) -> list[str]:
    return [f"  {side} {level}: {text}" for level, text in enumerate(texts)]


def _unversioned(prompt: str) -> str:
    """Return ``prompt`` without the line that tells its version."""
    first, _, rest = prompt.partition("\n")
    return (rest if first.startswith("version:") else prompt).strip()
