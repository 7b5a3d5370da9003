"""A chat that answers from a script, for tests and controls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pydantic import BaseModel

from empa_graph.errors import ProviderError
from empa_graph.llm.chat import ChatParameters, Completion, Prompt

Answer = str | Completion | Exception


class Asked(NamedTuple):
    """One call of a scripted chat."""

    prompts: tuple[Prompt, ...]
    schema: type[BaseModel] | None
    seed: int | None
    tools: tuple[type[BaseModel], ...] = ()


class ScriptedChat:
    """Give ``answers`` in order, or what the function ``answers`` makes of the prompts; raise exceptions.

    ``asked`` holds every call. When the answers are used up, start again if ``cycle``, else fail with
    ProviderError of kind "script_exhausted".
    """

    endpoint = "scripted"

    def __init__(
        self,
        name: str,
        answers: Sequence[Answer] | Callable[[Sequence[Prompt]], Answer],
        *,
        cycle: bool = False,
    ) -> None:
        self.name = name
        self.parameters = ChatParameters()
        self.asked: list[Asked] = []
        self._answers = answers
        self._cycle = cycle

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Give the next answer."""
        self.asked.append(Asked(tuple(prompts), schema, seed, tuple(tools)))
        answer = self._answers(prompts) if callable(self._answers) else self._next(self._answers)
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, Completion):
            return answer
        return Completion(text=answer, model=self.name, finish_reason="stop")

    async def aclose(self) -> None:
        """Do nothing: there are no connections."""

    def _next(self, answers: Sequence[Answer]) -> Answer:
        turn = len(self.asked) - 1
        if turn < len(answers):
            return answers[turn]
        if self._cycle and answers:
            return answers[turn % len(answers)]
        message = f"the script of '{self.name}' has {len(answers)} answers and was asked for one more"
        raise ProviderError(message, kind="script_exhausted", blame="us")
