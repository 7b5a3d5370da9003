"""What stands around a chat: it has the chat's name and place, and changes how it is asked or what it answers."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from empa_graph.errors import RefusedFieldError
from empa_graph.llm.chat import Chat, ChatParameters, Completion, Prompt, probe
from empa_graph.llm.refused import FIELDS


class ChatAround:
    """A chat around ``chat``; a subclass writes `Chat.complete`."""

    def __init__(self, chat: Chat) -> None:
        self._chat = chat

    @property
    def name(self) -> str:
        """Return the model string as the user gave it."""
        return self._chat.name

    @property
    def endpoint(self) -> str:
        """Return where the model answers."""
        return self._chat.endpoint

    @property
    def parameters(self) -> ChatParameters:
        """Return how the model is asked."""
        return self._chat.parameters

    async def probe(self) -> str | None:
        """Return the hint of the chat, if it has one."""
        return await probe(self._chat)

    async def aclose(self) -> None:
        """Release the connections of the running event loop."""
        await self._chat.aclose()


class YieldingChat(ChatAround):
    """Ask ``chat``, and once more for each field that its server refuses; the chat leaves it out by then.

    It belongs outside of what counts requests (`MeteredChat`), so that a refused one is counted too.
    """

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts``; raises what the chat raises."""
        for _ in FIELDS:
            try:
                return await self._chat.complete(prompts, schema=schema, tools=tools, seed=seed)
            except RefusedFieldError:
                continue
        return await self._chat.complete(prompts, schema=schema, tools=tools, seed=seed)
