"""A chat whose answers are redacted before anybody sees, keeps or reads them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel

from empa_graph.errors import ProviderError, UsageError
from empa_graph.llm.around import ChatAround
from empa_graph.llm.chat import Chat, Completion, Prompt


class Redactor(Protocol):
    """What replaces the parts of a text that are not to be kept."""

    def text(self, said: str) -> str:
        """Return ``said`` redacted."""
        ...

    def completion(self, answer: Completion, *, structured: bool = False) -> Completion:
        """Return ``answer`` redacted; ``structured`` when JSON was asked for."""
        ...


class RedactedChat(ChatAround):
    """Ask ``chat``, and redact what it answers and what its server says went wrong.

    It belongs inside what keeps answers (`MeteredChat`), so that none is kept as it came.
    """

    def __init__(self, chat: Chat, redaction: Redactor) -> None:
        super().__init__(chat)
        self._redaction = redaction

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts``, redacted; ProviderError of kind "redaction_timeout" when that takes too long."""
        try:
            answer = await self._chat.complete(prompts, schema=schema, tools=tools, seed=seed)
        except ProviderError as error:
            error.args = (self._told(str(error)),)
            raise
        try:
            return self._redaction.completion(answer, structured=schema is not None)
        except ProviderError as error:
            error.usage = answer.usage
            raise

    async def probe(self) -> str | None:
        """Return the hint of the chat, which may quote its server, redacted."""
        try:
            hint = await super().probe()
        except UsageError as error:
            error.args = (self._told(str(error)),)
            raise
        return hint and self._told(hint)

    def _told(self, message: str) -> str:
        """Return ``message`` redacted but for the endpoint, which the user named."""
        endpoint = self.endpoint
        parts = message.split(endpoint) if endpoint else [message]
        return endpoint.join(self._redaction.text(part) for part in parts)
