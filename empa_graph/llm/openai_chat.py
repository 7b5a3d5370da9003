"""A chat over a server that speaks as OpenAI's does, OpenAI among them; one client per event loop, and no SDK."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncGenerator, Sequence

from pydantic import BaseModel

from empa_graph.errors import ProviderError, RefusedFieldError, UsageError
from empa_graph.llm.answer import completion, oversize
from empa_graph.llm.chat import DEFAULT_TIMEOUT, ChatParameters, Completion, Prompt
from empa_graph.llm.connections import release, shared_client
from empa_graph.llm.endpoint import OPENAI_URL, check_reachable, is_loopback, shown
from empa_graph.llm.faults import Call, fault, network_exceptions
from empa_graph.llm.post import Poster, StatusError, Waits
from empa_graph.llm.proxy import check_proxies
from empa_graph.llm.refused import RefusedFields, fitted, refused_field
from empa_graph.llm.schema import response_format, tool_fields

_PATH = "/chat/completions"
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
        waiting = self.parameters.timeout or DEFAULT_TIMEOUT
        self._waits = Waits(waiting, self.parameters.connect_timeout)
        self._call = Call(model, self.endpoint, (key,))
        self._lives: dict[asyncio.AbstractEventLoop, AsyncGenerator[Poster, None]] = {}
        self._clients: dict[asyncio.AbstractEventLoop, Poster] = {}

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
        asked = self._asked(prompts, schema, tools, seed)
        sent = fitted(asked, self._refused.of(self.url, self.model))
        try:
            client = await self._client()
        except UsageError as exc:
            raise ProviderError(str(exc), kind="proxy", blame="us") from exc
        try:
            # The read timeout is per chunk: a server that drips bytes is stopped here.
            async with asyncio.timeout(sum(self._waits)):
                reply = await client.post(self.url + _PATH, encoded(sent.body), self._waits)
        except network_exceptions() as exc:
            raise self._fault(exc, sent.body) from exc
        if not 200 <= reply.status < 300:
            refusal = StatusError(reply)
            raise self._fault(refusal, sent.body) from refusal
        if reply.body is None:
            raise oversize(self._call)
        answer = completion(reply.body, self._call, tools=bool(tools))
        if not sent.left_out:
            return answer
        self._refused.note(self.url, self.model, sent.left_out)
        return answer.model_copy(update={"left_out": sent.left_out})

    def _asked(
        self,
        prompts: Sequence[Prompt],
        schema: type[BaseModel] | None,
        tools: Sequence[type[BaseModel]],
        seed: int | None,
    ) -> dict[str, object]:
        # Compatible servers know the older name only.
        limit = "max_completion_tokens" if self.url == OPENAI_URL else "max_tokens"
        given = self.parameters
        asked = {"model": self.model, limit: given.max_tokens, "temperature": given.temperature, **self._extra}
        asked["messages"] = [{"role": prompt.role, "content": prompt.content} for prompt in prompts]
        if schema is not None:
            asked["response_format"] = response_format(schema)
        if (chosen := given.seed if seed is None else seed) is not None:
            asked["seed"] = chosen
        return {**asked, **tool_fields(tools)} if tools else asked

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
        self._clients.pop(loop, None)
        if (life := self._lives.pop(loop, None)) is not None:
            await life.aclose()

    def _check_proxies(self) -> None:
        if not is_loopback(self.url):
            check_proxies()

    async def _client(self) -> Poster:
        loop = asyncio.get_running_loop()
        if (client := self._clients.get(loop)) is not None:
            return client
        self._check_proxies()
        for old in [known for known in self._clients if known.is_closed()]:
            del self._clients[old], self._lives[old]
        self._clients[loop] = client = shared_client(self.url, self._key)
        self._lives[loop] = life = _open_until_the_loop_ends(client)
        return await anext(life)


async def _open_until_the_loop_ends(client: Poster) -> AsyncGenerator[Poster, None]:
    """Release ``client`` on ``aclose``, or else when asyncio.run shuts down the loop's async generators."""
    try:
        yield client
    finally:
        await release(client)


def encoded(body: dict[str, object]) -> bytes:
    """Return ``body`` as JSON in UTF-8."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
