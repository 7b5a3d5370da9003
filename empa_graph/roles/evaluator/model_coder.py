"""A model as a coder of behaviour: what a judge is asked in a run and in its check, in the same words."""

from __future__ import annotations

from collections.abc import Callable

from empa_graph.llm import Chat, Completion
from empa_graph.roles.evaluator.answering import Question, answered
from empa_graph.roles.evaluator.coding_answer import Coding, coding_schema, read_coding
from empa_graph.roles.evaluator.judge_instructions import coding_instructions
from empa_graph.roles.evaluator.judge_prompt import JudgeRequest


async def model_codes(
    chat: Chat, case: JudgeRequest, seed: Callable[[int], int]
) -> tuple[Coding, tuple[Completion, ...]]:
    """Return what ``chat`` codes of the replies under judgement, with every answer; ``seed`` is that of each attempt.

    Raises ProviderError for an outage.
    """
    schema = coding_schema()
    asked = Question(coding_instructions(), case, schema)
    return await answered(chat, asked, lambda answer: read_coding(answer, schema, case.replies), seed)
