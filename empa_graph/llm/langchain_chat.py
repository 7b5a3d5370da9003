"""A chat over any LangChain chat model."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from empa_graph.errors import ProviderError, RefusedFieldError
from empa_graph.llm.answer import TEXT_LIMIT, oversize
from empa_graph.llm.chat import ChatParameters, Completion, Prompt, ToolCall
from empa_graph.llm.endpoint import check_reachable, shown
from empa_graph.llm.faults import Call, fault
from empa_graph.llm.provider_loop import provider_loop
from empa_graph.llm.refused import RefusedFields, fitted, refused_field
from empa_graph.llm.silence import finish_reason, refusal, silent_message
from empa_graph.llm.tracing import untraced
from empa_graph.models.dialogue import counted

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage


class LangChainChat:
    """Ask any LangChain chat model; ``seed`` is not sent, since few providers take one.

    A temperature or system role that it refuses goes into ``refused`` and is left out of every later request. ``url``
    is where it answers, None for the provider's own place; ``secrets`` are hidden in what errors say.
    """

    def __init__(
        self,
        name: str,
        model: BaseChatModel,
        *,
        url: str | None = None,
        secrets: Sequence[str] = (),
        parameters: ChatParameters | None = None,
        refused: RefusedFields | None = None,
    ) -> None:
        self.name = name
        self.endpoint = name.partition(":")[0] if url is None else shown(url)
        self.parameters = parameters or ChatParameters()
        self.secrets = tuple(secrets)
        self._url = url
        self._refused = RefusedFields() if refused is None else refused
        self._model = model
        self._call = Call(name, self.endpoint, self.secrets)

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
        told = [{"role": prompt.role, "content": prompt.content} for prompt in prompts]
        asked = {"messages": told, "temperature": self.parameters.temperature}
        sent = fitted(asked, self._refused.of(self.endpoint, self.name))
        with untraced():
            message = await provider_loop().ask(self._model, self._message(sent.body, schema, tools))
        if message is None:
            raise ProviderError(f"{self.name} gave no message", kind="bad_answer")
        text = str(message.text) if schema is None else _structured(message)
        if len(text) > TEXT_LIMIT:
            raise oversize(self._call)
        if sent.left_out:
            self._refused.note(self.endpoint, self.name, sent.left_out)
        model = message.response_metadata.get("model_name") or message.response_metadata.get("model")
        found = Completion(
            text=text,
            model=None if model is None else str(model),
            finish_reason="refusal" if refusal(message) else finish_reason(message),
            usage=counted(getattr(message, "usage_metadata", None)),
            calls=_calls(message) if schema is None else (),
            left_out=sent.left_out,
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
        self, sent: Mapping[str, Any], schema: type[BaseModel] | None, tools: Sequence[type[BaseModel]]
    ) -> BaseMessage | None:
        messages, model = sent["messages"], self._model
        if "temperature" not in sent:
            model = model.model_copy(update={"temperature": None})
        try:
            if schema is None:
                return await (model.bind_tools(list(tools)) if tools else model).ainvoke(messages)
            answer = await model.with_structured_output(schema, include_raw=True).ainvoke(messages)
        except Exception as exc:
            # The SDKs of the providers share no base class; nothing is swallowed.
            raise self._fault(exc, sent) from exc
        return answer["raw"] if isinstance(answer, Mapping) else None

    def _fault(self, exc: Exception, sent: Mapping[str, Any]) -> ProviderError:
        error, field = fault(exc, self._call), refused_field(exc, sent, self._call)
        if field is None:
            return error
        self._refused.add(self.endpoint, self.name, field)
        return RefusedFieldError(str(error), field=field)


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
