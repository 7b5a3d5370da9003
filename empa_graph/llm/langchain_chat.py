"""A chat over any LangChain chat model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from empa_graph.errors import ProviderError
from empa_graph.llm.answer import TEXT_LIMIT, oversize
from empa_graph.llm.chat import ChatParameters, Completion, Prompt, ToolCall
from empa_graph.llm.endpoint import check_reachable, shown
from empa_graph.llm.faults import Call, fault
from empa_graph.llm.provider_loop import provider_loop
from empa_graph.llm.silence import finish_reason, refusal, silent_message
from empa_graph.models.dialogue import counted

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage


class LangChainChat:
    """Ask any LangChain chat model; ``seed`` is not sent, since few providers take one.

    ``url`` is where it answers, None for the provider's own place; ``secrets`` are hidden in what errors say.
    """

    def __init__(
        self,
        name: str,
        model: BaseChatModel,
        *,
        url: str | None = None,
        secrets: Sequence[str] = (),
        parameters: ChatParameters | None = None,
    ) -> None:
        self.name = name
        self.endpoint = name.partition(":")[0] if url is None else shown(url)
        self.parameters = parameters or ChatParameters()
        self._url = url
        self._model = model
        self._call = Call(name, self.endpoint, tuple(secrets))

    def __repr__(self) -> str:
        return f"LangChainChat({self.name!r}, endpoint={self.endpoint!r})"

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts``; with a ``schema`` the text is the provider's JSON, unchecked."""
        message = await provider_loop().ask(self._model, self._message(prompts, schema, tools))
        if message is None:
            raise ProviderError(f"{self.name} gave no message", kind="bad_answer")
        text = str(message.text) if schema is None else _structured(message)
        if len(text) > TEXT_LIMIT:
            raise oversize(self._call)
        model = message.response_metadata.get("model_name") or message.response_metadata.get("model")
        found = Completion(
            text=text,
            model=None if model is None else str(model),
            finish_reason="refusal" if refusal(message) else finish_reason(message),
            usage=counted(getattr(message, "usage_metadata", None)),
            calls=_calls(message) if schema is None else (),
        )
        if not (text.strip() or (tools and found.calls)) and (unsaid := silent_message(message, self._call)):
            unsaid.usage = found.usage
            raise unsaid
        return found

    async def probe(self) -> str | None:
        """Raise UsageError when nobody answers at the URL; a provider's own place is not asked."""
        return None if self._url is None else await check_reachable(self._url)

    async def aclose(self) -> None:
        """Do nothing: the connections are the process's own and close with it."""

    async def _message(
        self, prompts: Sequence[Prompt], schema: type[BaseModel] | None, tools: Sequence[type[BaseModel]]
    ) -> BaseMessage | None:
        messages = [(prompt.role, prompt.content) for prompt in prompts]
        try:
            if schema is None:
                model = self._model.bind_tools(list(tools)) if tools else self._model
                return await model.ainvoke(messages)
            answer = await self._model.with_structured_output(schema, include_raw=True).ainvoke(messages)
        except Exception as exc:
            # The SDKs of the providers share no base class; nothing is swallowed.
            raise fault(exc, self._call) from exc
        return answer["raw"] if isinstance(answer, Mapping) else None


def _structured(message: BaseMessage) -> str:
    """Return the arguments of the call that a structured answer came in, whatever was said beside it; else the text."""
    calls = _calls(message)
    return calls[0].arguments if calls else str(message.text)


def _calls(message: BaseMessage) -> tuple[ToolCall, ...]:
    """Return the tool calls, those too whose arguments LangChain could not read."""
    known = [(call["name"], _json(call["args"])) for call in getattr(message, "tool_calls", ())]
    unread = [(call["name"], call["args"]) for call in getattr(message, "invalid_tool_calls", ())]
    return tuple(ToolCall(name=name or "", arguments=arguments or "") for name, arguments in (*known, *unread))


def _json(arguments: object) -> str:
    return json.dumps(arguments, ensure_ascii=False)
