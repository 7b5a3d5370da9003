"""One question to a judge, with at most one corrective retry; an answer that cannot be read is said as its kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeVar

from pydantic import BaseModel

from empa_graph.errors import ProviderError
from empa_graph.llm import Chat, Completion, Prompt
from empa_graph.roles.evaluator.judge_prompt import JudgeRequest, corrected

REPAIRS = 1
"""Corrective retries of one judgement."""
_UNSAID = {"refused": "content_filter", "no_content": None, "cut_off_in_reasoning": "length"}
"""Failures of a request that are an answer of the judge and no outage, by the finish reason that they stand for."""


class Readable(Protocol):
    """What an answer was read as; a ``kind`` that is not empty is a failure."""

    @property
    def kind(self) -> str:
        """The kind of failure, empty where there is none."""

    @property
    def fault(self) -> str:
        """What is wrong, in our own words only."""


class Question(NamedTuple):
    """What a judge is asked: the standing instructions, the case, and the schema of the answer."""

    system: str
    case: JudgeRequest
    schema: type[BaseModel]


_Read = TypeVar("_Read", bound=Readable)


async def answered(
    chat: Chat, asked: Question, read: Callable[[Completion], _Read], seed: Callable[[int], int]
) -> tuple[_Read, tuple[Completion, ...]]:
    """Return what ``read`` makes of the last answer, and every answer; ``seed`` gives that of each attempt.

    Raises ProviderError for an outage, which is no judgement.
    """
    answers: list[Completion] = []
    text = asked.case.text
    while True:
        answers.append(await _answer(chat, asked, text, seed(len(answers))))
        found = read(answers[-1])
        if not found.kind or len(answers) > REPAIRS:
            return found, tuple(answers)
        text = corrected(asked.case, answers[-1].text, found.fault)


async def _answer(chat: Chat, asked: Question, text: str, seed: int) -> Completion:
    prompts = [Prompt(role="system", content=asked.system), Prompt(role="user", content=text)]
    try:
        return await chat.complete(prompts, schema=asked.schema, seed=seed)
    except ProviderError as error:
        if error.kind not in _UNSAID:
            raise
        return Completion(text="", finish_reason=_UNSAID[error.kind], usage=error.usage)
