"""Every other LangChain provider, by the names ``langchain.chat_models.init_chat_model`` knows."""

from __future__ import annotations

import importlib
import importlib.util
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr, ValidationError

from empa_graph.errors import MissingExtraError, UsageError
from empa_graph.llm.chat import DEFAULT_TIMEOUT, ChatParameters
from empa_graph.llm.faults import Call, one_line
from empa_graph.llm.langchain_chat import LangChainChat
from empa_graph.llm.proxy import check_proxies
from empa_graph.llm.refused import RefusedFields

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

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


NO_KEY = "not-needed"
_known: dict[tuple[object, ...], BaseChatModel] = {}
"""The models of this process: equal ones share their connections, which live as long as it."""


def provider_chat(
    name: str,
    *,
    base_url: str | None,
    api_key: str | None,
    parameters: ChatParameters,
    refused: RefusedFields | None = None,
) -> LangChainChat:
    """Return the chat ``name`` ("provider:model"); without ``api_key`` the SDK looks for its own, as ANTHROPIC_API_KEY.

    Raises MissingExtraError if its packages are not installed, UsageError if it has no key or refuses its parameters.
    """
    url = _served(name, base_url)
    model = _with_a_key(name, url, api_key, parameters)
    secrets = _secrets(model)
    same = (name, url, secrets, parameters.model_dump_json())
    hidden = [secret for secret in secrets if secret != NO_KEY]
    model = _known.setdefault(same, model)
    return LangChainChat(name, model, url=url, secrets=hidden, parameters=parameters, refused=refused)


def _served(name: str, base_url: str | None) -> str | None:
    """Return the base URL as the provider's SDK wants it: Anthropic's adds the ``/v1`` that others are given."""
    if base_url is not None and name.startswith("anthropic:"):
        return base_url.removesuffix("/v1")
    return base_url


def _with_a_key(name: str, url: str | None, api_key: str | None, parameters: ChatParameters) -> BaseChatModel:
    """Return the model; a server at a URL of one's own is sent the provider's key, or none where there is none."""
    if api_key is not None or url is None:
        model = _made(name, url, api_key, parameters)
        if url is None and (empty := _empty_key(model)):
            raise UsageError(f"model '{name[:200]}' needs a key: set {empty}")
        return model
    with suppress(UsageError):
        model = _made(name, url, None, parameters)
        if _secrets(model) or not _takes_a_key(model):
            return model
    return _made(name, url, NO_KEY, parameters)


def _made(name: str, url: str | None, api_key: str | None, parameters: ChatParameters) -> BaseChatModel:
    provider = name.partition(":")[0]
    install = f"model '{name[:200]}' needs LangChain's {provider} package: pip install langchain {PACKAGES[provider]}"
    if importlib.util.find_spec("langchain") is None:
        raise MissingExtraError(install)
    check_proxies()
    init: Callable[..., BaseChatModel] = importlib.import_module("langchain.chat_models").init_chat_model
    given = {"base_url": url, "api_key": api_key, "timeout": parameters.timeout or DEFAULT_TIMEOUT}
    try:
        model = init(
            name,
            temperature=parameters.temperature,
            max_tokens=parameters.max_tokens,
            max_retries=0,
            **{key: value for key, value in given.items() if value is not None},
        )
        _forget_others(model, url)
    except ImportError as exc:
        raise MissingExtraError(install) from exc
    except Exception as exc:
        # The SDKs refuse a missing key or a parameter with errors of their own; nothing is swallowed.
        told = one_line(_reasons(exc), Call(name, provider, (api_key or "",)))
        raise UsageError(f"model '{name[:200]}': {told}") from exc
    return model


def _forget_others(model: Any, url: str | None) -> None:
    """Let the SDK behind ``model`` send nothing that its variables hold for another place than the one it asks.

    What is OpenAI's goes to no other provider; a provider's own headers go to no server at a ``url`` of the user's,
    and such a server leads nowhere else.
    """
    for name in ("root_async_client", "_async_client"):
        client = getattr(model, name, None)
        if client is None:
            continue
        if hasattr(client, "organization"):
            client.organization = client.project = None
            _drop_headers(client, "OPENAI_CUSTOM_HEADERS")
        elif url is not None:
            _drop_headers(client, "ANTHROPIC_CUSTOM_HEADERS")
        if url is not None:
            client._client.follow_redirects = False


def _drop_headers(client: Any, variable: str) -> None:
    lines = [line.partition(":") for line in os.environ.get(variable, "").split("\n")]
    found = {(name.strip(), value.strip()) for name, _, value in lines}
    client._custom_headers = {
        name: value for name, value in client._custom_headers.items() if (name, value) not in found
    }


def _reasons(exc: Exception) -> str:
    """Return why a model was not made; of pydantic's report not the input, which holds the key."""
    if isinstance(exc, ValidationError):
        return "; ".join(error["msg"] for error in exc.errors(include_url=False, include_input=False))
    return str(exc)


def _secrets(model: BaseChatModel) -> tuple[str, ...]:
    """Return the keys that ``model`` was given or found in its provider's variables."""
    held = (value.get_secret_value() for value in vars(model).values() if isinstance(value, SecretStr))
    return tuple(secret for secret in held if secret)


def _takes_a_key(model: BaseChatModel) -> bool:
    return any("api_key" in (name, field.alias) for name, field in type(model).model_fields.items())


def _empty_key(model: BaseChatModel) -> str:
    """Return the variable of a key that the SDK knows to be missing; "" when all is well or cannot be told."""
    for name, variable in model.lc_secrets.items():
        value = getattr(model, name, None)
        if isinstance(value, SecretStr) and not value.get_secret_value():
            return variable
    return ""
