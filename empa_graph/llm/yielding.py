"""A chat that asks again, at once, without what its server refused."""

from __future__ import annotations

from collections.abc import Sequence

from pydantic import BaseModel

from empa_graph.errors import RefusedFieldError
from empa_graph.llm.around import ChatAround
from empa_graph.llm.chat import Completion, Prompt
from empa_graph.llm.refused import FIELDS


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
