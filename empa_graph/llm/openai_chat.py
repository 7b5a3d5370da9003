"""A chat over an OpenAI-compatible server, one client per event loop."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from empa_graph.errors import ProviderError, RefusedFieldError, UsageError
from empa_graph.llm.answer import completion, oversize
from empa_graph.llm.chat import DEFAULT_TIMEOUT, ChatParameters, Completion, Prompt
from empa_graph.llm.endpoint import check_reachable, is_loopback, shown
from empa_graph.llm.faults import Call, fault, network_exceptions
from empa_graph.llm.proxy import check_proxies
from empa_graph.llm.refused import RefusedFields, fitted, refused_field
from empa_graph.llm.schema import response_format

if TYPE_CHECKING:
    from empa_graph.llm.thin import ThinChatOpenAI

_LOG = logging.getLogger(__name__)


class ServerChat:
    """Ask ``model`` of the OpenAI-compatible server at ``url``; each event loop gets its own connections.

    What the server refuses goes into ``refused`` and is left out of every later request.
    """

    def __init__(
        self,
        name: str,
        *,
        model: str,
        url: str,
        key: str,
        parameters: ChatParameters | None = None,
        refused: RefusedFields | None = None,
    ) -> None:
        self.name = name
        self.model = model
        self.url = url
        self._key = key
        self.endpoint = shown(url)
        self.parameters = parameters or ChatParameters()
        self._extra: dict[str, object] = json.loads(self.parameters.extra_body or "{}")
        self._refused = RefusedFields() if refused is None else refused
        self._timeout = self.parameters.timeout or DEFAULT_TIMEOUT
        self._call = Call(model, self.endpoint, (key,))
        self._clients: dict[asyncio.AbstractEventLoop, AsyncGenerator[ThinChatOpenAI, None]] = {}
        self._thin: dict[asyncio.AbstractEventLoop, ThinChatOpenAI] = {}

    def __repr__(self) -> str:
        return f"ServerChat({self.name!r}, url={self.endpoint!r})"

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts`` with one request.

        Raises ProviderError, TransientError if worth a retry, RefusedFieldError to be asked again without a field.
        """
        fields: dict[str, object] = {"messages": [{"role": p.role, "content": p.content} for p in prompts]}
        if schema is not None:
            fields["response_format"] = response_format(schema)
        if seed is not None:
            fields["seed"] = seed
        try:
            client = await self._client()
        except UsageError as exc:
            raise ProviderError(str(exc), kind="proxy", blame="us") from exc
        if tools:
            fields.update(client.tool_fields(tools))
        asked = {**client.parameter_fields(), "temperature": self.parameters.temperature, **self._extra, **fields}
        sent = fitted(asked, self._refused.of(self.url, self.model))
        try:
            # The read timeout is per chunk: a server that drips bytes is stopped here.
            async with asyncio.timeout(self._timeout + self.parameters.connect_timeout):
                body = await client.send(sent.body)
        except network_exceptions() as exc:
            raise self._fault(exc, sent.body) from exc
        if body is None:
            raise oversize(self._call)
        answer = completion(body, self._call, tools=bool(tools))
        if not sent.left_out:
            return answer
        self._refused.note(self.url, self.model, sent.left_out)
        return answer.model_copy(update={"left_out": sent.left_out})

    def _fault(self, exc: Exception, body: dict[str, object]) -> ProviderError:
        error, field = fault(exc, self._call), refused_field(exc, body, self._call)
        if field is None:
            return error
        self._refused.add(self.url, self.model, field)
        _LOG.warning("field refused", extra={"model": self.model, "endpoint": self.endpoint, "field": field})
        return RefusedFieldError(str(error), field=field)

    async def probe(self) -> str | None:
        """Return a hint if the server lists its models and this one is not among them.

        Raises UsageError when nobody answers, or the environment's proxy cannot be used.
        """
        self._check_proxies()
        return await check_reachable(self.url, model=self.model, api_key=self._key)

    async def aclose(self) -> None:
        """Close the connections of the running event loop."""
        loop = asyncio.get_running_loop()
        self._thin.pop(loop, None)
        if (life := self._clients.pop(loop, None)) is not None:
            await life.aclose()

    def _check_proxies(self) -> None:
        if not is_loopback(self.url):
            check_proxies()

    async def _client(self) -> ThinChatOpenAI:
        loop = asyncio.get_running_loop()
        if (client := self._thin.get(loop)) is not None:
            return client
        self._check_proxies()
        from empa_graph.llm.thin import thin_chat

        for old in [known for known in self._thin if known.is_closed()]:
            del self._thin[old], self._clients[old]
        client = thin_chat(
            self.model,
            url=self.url,
            key=self._key,
            parameters=self.parameters,
            timeout=self._timeout,
            trust_env=not is_loopback(self.url),
        )
        self._thin[loop] = client
        self._clients[loop] = life = _open_until_the_loop_ends(client)
        return await anext(life)


async def _open_until_the_loop_ends(client: ThinChatOpenAI) -> AsyncGenerator[ThinChatOpenAI, None]:
    """Close ``client`` on ``aclose``, or else when asyncio.run shuts down the loop's async generators."""
    try:
        yield client
    finally:
        await client.aclose()
