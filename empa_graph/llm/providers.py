"""Every other LangChain provider, by the names ``langchain.chat_models.init_chat_model`` knows."""

from __future__ import annotations

import importlib
import importlib.util
import json
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from empa_graph.errors import MissingExtraError, ProviderError, UsageError
from empa_graph.llm.answer import TEXT_LIMIT, oversize
from empa_graph.llm.chat import ChatParameters, Completion, Prompt, ToolCall
from empa_graph.llm.endpoint import shown
from empa_graph.llm.faults import Call, fault
from empa_graph.models.dialogue import Usage

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage
    from langchain_core.messages.ai import UsageMetadata

PACKAGES: Mapping[str, str] = {
    "anthropic": "langchain-anthropic",
    "azure_ai": "langchain-azure-ai",
    "azure_openai": "langchain-openai",
    "bedrock": "langchain-aws",
    "bedrock_converse": "langchain-aws",
    "cohere": "langchain-cohere",
    "deepseek": "langchain-deepseek",
    "fireworks": "langchain-fireworks",
    "google_genai": "langchain-google-genai",
    "google_vertexai": "langchain-google-vertexai",
    "groq": "langchain-groq",
    "huggingface": "langchain-huggingface",
    "ibm": "langchain-ibm",
    "mistralai": "langchain-mistralai",
    "nvidia": "langchain-nvidia-ai-endpoints",
    "ollama": "langchain-ollama",
    "openrouter": "langchain-openrouter",
    "perplexity": "langchain-perplexity",
    "together": "langchain-together",
    "upstage": "langchain-upstage",
    "xai": "langchain-xai",
}
"""Provider name to the package that holds it."""


def provider_chat(name: str, *, base_url: str | None, api_key: str | None, parameters: ChatParameters) -> LangChainChat:
    """Return the chat ``name`` ("provider:model"); MissingExtraError if its packages are not installed."""
    provider = name.partition(":")[0]
    command = f"pip install langchain {PACKAGES[provider]}"
    if importlib.util.find_spec("langchain") is None:
        raise MissingExtraError(f"model '{name[:200]}' needs LangChain's {provider} package: {command}")
    init: Callable[..., BaseChatModel] = importlib.import_module("langchain.chat_models").init_chat_model
    given = {"base_url": base_url, "api_key": api_key, "timeout": parameters.timeout}
    try:
        model = init(
            name,
            temperature=parameters.temperature,
            max_tokens=parameters.max_tokens,
            max_retries=0,
            **{key: value for key, value in given.items() if value is not None},
        )
    except ImportError as exc:
        raise MissingExtraError(f"model '{name[:200]}' needs another package: {command}") from exc
    except ValueError as exc:
        text = str(exc).replace(api_key, "[key]") if api_key else str(exc)
        raise UsageError(f"model '{name[:200]}': {' '.join(text.split())[:300]}") from exc
    endpoint = provider if base_url is None else shown(base_url)
    return LangChainChat(name, model, secret=api_key or "", endpoint=endpoint, parameters=parameters)


class LangChainChat:
    """Ask any LangChain chat model; ``seed`` is not sent, since few providers take one."""

    def __init__(
        self,
        name: str,
        model: BaseChatModel,
        *,
        secret: str = "",
        endpoint: str | None = None,
        parameters: ChatParameters | None = None,
    ) -> None:
        self.name = name
        self.endpoint = endpoint or name.partition(":")[0]
        self.parameters = parameters or ChatParameters()
        self._model = model
        self._call = Call(name, name.partition(":")[0], secret)

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts``; with a ``schema`` the raw text is the provider's JSON, unparsed."""
        messages = [(prompt.role, prompt.content) for prompt in prompts]
        try:
            if schema is None:
                model = self._model.bind_tools(list(tools)) if tools else self._model
                return self._completion(await model.ainvoke(messages))
            bound = self._model.with_structured_output(schema, include_raw=True)
            answer = await bound.ainvoke(messages)
        except Exception as exc:
            # The SDKs of the providers share no base class; nothing is swallowed.
            raise fault(exc, self._call) from exc
        return self._completion(answer["raw"] if isinstance(answer, Mapping) else None)

    async def aclose(self) -> None:
        """Do nothing: the provider's SDK owns its connections."""

    def _completion(self, message: BaseMessage | None) -> Completion:
        if message is None:
            raise ProviderError(f"{self.name} gave no message", kind="bad_answer")
        about = message.response_metadata
        counted = getattr(message, "usage_metadata", None)
        text = _text(message)
        if len(text) > TEXT_LIMIT:
            raise oversize(self._call)
        reason = about.get("finish_reason") or about.get("stop_reason")
        model = about.get("model_name") or about.get("model")
        return Completion(
            text=text,
            model=None if model is None else str(model),
            finish_reason=None if reason is None else str(reason),
            usage=counted and _used(counted),
            calls=_calls(message),
        )


def _used(counted: UsageMetadata) -> Usage:
    return Usage(
        tokens_in=counted["input_tokens"],
        tokens_cached=counted.get("input_token_details", {}).get("cache_read"),
        tokens_out=counted["output_tokens"],
    )


def _text(message: BaseMessage) -> str:
    """Return the text, or the arguments of the tool call a structured answer came in."""
    calls = getattr(message, "tool_calls", None)
    text = str(message.text)
    return json.dumps(calls[0]["args"], ensure_ascii=False) if calls and not text.strip() else text


def _calls(message: BaseMessage) -> tuple[ToolCall, ...]:
    """Return the tool calls, those too whose arguments LangChain could not read."""
    known = [(call["name"], json.dumps(call["args"])) for call in getattr(message, "tool_calls", ())]
    unread = [(call["name"], call["args"]) for call in getattr(message, "invalid_tool_calls", ())]
    return tuple(ToolCall(name=name or "", arguments=arguments or "") for name, arguments in (*known, *unread))
