"""The model that Inspect evaluates, as a `Chat`: each request is a call of Inspect's, in its log and under its limits.

Rule: how the model is asked, again too, is Inspect's to say (``--temperature``, ``--max-tokens``, ``--seed``,
``--cache``, ``--max-retries``), and what Inspect raises goes through our graph untouched.
"""

from __future__ import annotations

from collections.abc import Sequence

from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    ModelOutput,
    ResponseSchema,
    get_model,
)
from inspect_ai.util import json_schema
from pydantic import BaseModel

from empa_graph.errors import SuspendedError
from empa_graph.llm import ChatParameters, Completion, Prompt
from empa_graph.models.dialogue import Usage

_MESSAGES: dict[str, type[ChatMessage]] = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}


class InspectChat:
    """The model of the evaluation, or the one given to its ``role`` (``--model-role judge=...``), which has to be."""

    endpoint = "inspect"
    parameters = ChatParameters()

    def __init__(self, role: str | None = None) -> None:
        self._role = role

    @property
    def name(self) -> str:
        """The model as Inspect calls it."""
        return str(self._model())

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts``, asking for the form of ``schema``; no tool is offered.

        Raises SuspendedError whose cause is what Inspect raised: a limit, or a fault after its own retries.
        """
        try:
            messages = [_MESSAGES[one.role](content=one.content) for one in prompts]
            output = await self._model().generate(messages, config=_form(schema))
        except Exception as error:
            raise SuspendedError(f"Inspect: {type(error).__name__}", limit="stop") from error
        return Completion(
            text=output.completion, model=output.model or None, finish_reason=output.stop_reason, usage=_usage(output)
        )

    async def aclose(self) -> None:
        """Leave the model to Inspect, which made it."""

    def _model(self) -> Model:
        return get_model(role=self._role, required=self._role is not None)


def _form(schema: type[BaseModel] | None) -> GenerateConfig:
    if schema is None:
        return GenerateConfig()
    return GenerateConfig(response_schema=ResponseSchema(name=schema.__name__, json_schema=json_schema(schema)))


def _usage(output: ModelOutput) -> Usage | None:
    used = output.usage
    if used is None:
        return None
    cached = used.input_tokens_cache_read or 0
    given = used.input_tokens + cached + (used.input_tokens_cache_write or 0)
    return Usage(tokens_in=given, tokens_cached=cached, tokens_out=used.output_tokens)
