"""ChatOpenAI without its per-message work; import it inside functions only, it takes seconds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import openai
from langchain_core.runnables import RunnableBinding
from langchain_core.utils.function_calling import convert_to_openai_tool
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from empa_graph.llm.answer import BODY_LIMIT
from empa_graph.llm.chat import ChatParameters
from empa_graph.llm.connections import blocking_client, release, shared_client
from empa_graph.llm.endpoint import OPENAI_URL


class ThinChatOpenAI(ChatOpenAI):
    """ChatOpenAI with one more method that sends plain messages past the openai client's transformation."""

    async def send(self, body: Mapping[str, object]) -> bytes | None:
        """Post ``body`` (messages and all parameters); None when the answer is too large.

        The openai client spends about 0.2 ms on every message it is given; ``extra_body`` it passes on.
        """
        received = bytearray()
        # No arguments but these two are looked at by the client; extra_body overrides the empty list.
        async with self.async_client.with_streaming_response.create(
            model=self.model_name, messages=[], extra_body=dict(body)
        ) as response:
            async for chunk in response.iter_bytes():
                received += chunk
                if len(received) > BODY_LIMIT:
                    return None
        return bytes(received)

    def tool_fields(self, tools: Sequence[type[BaseModel]]) -> dict[str, object]:
        """Return the fields of a request that offer ``tools``, of which one at most is to be called."""
        bound = self.bind_tools([_described(tool) for tool in tools], parallel_tool_calls=False)
        if not isinstance(bound, RunnableBinding):
            raise TypeError(f"bind_tools gave {type(bound).__name__}")
        return dict(bound.kwargs)

    def parameter_fields(self) -> dict[str, object]:
        """Return the fields of a request that say how the model is asked."""
        fields: dict[str, object] = {**self._default_params}
        fields.pop("stream", None)
        if self.openai_api_base != OPENAI_URL and "max_completion_tokens" in fields:
            # Compatible servers know the older name only.
            fields["max_tokens"] = fields.pop("max_completion_tokens")
        return fields

    async def aclose(self) -> None:
        """Let go of the connections, which close with the last model that uses them."""
        await release(self.http_async_client)


@lru_cache(maxsize=64)
def _described(tool: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of ``tool``, made once: shared, not to be changed."""
    return convert_to_openai_tool(tool)


def thin_chat(
    model: str, *, url: str, key: str, parameters: ChatParameters, timeout: float, trust_env: bool
) -> ThinChatOpenAI:
    """Return a model whose connections belong to the running event loop; close it after use."""
    limits = openai.Timeout(timeout, connect=parameters.connect_timeout, pool=timeout)
    return ThinChatOpenAI(
        model=model,
        base_url=url,
        api_key=SecretStr(key),
        temperature=parameters.temperature,
        max_completion_tokens=parameters.max_tokens,
        seed=parameters.seed,
        max_retries=0,
        timeout=limits,
        openai_proxy=None,
        use_responses_api=False,
        http_client=blocking_client(trust_env=trust_env),
        http_async_client=shared_client(url, key, trust_env=trust_env),
    )
