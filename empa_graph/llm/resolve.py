"""From a model string to a chat."""

from __future__ import annotations

from collections.abc import Callable

from empa_graph.content.registry import REGISTRY
from empa_graph.errors import NotFoundError, UsageError
from empa_graph.llm.around import YieldingChat
from empa_graph.llm.chat import Chat, ChatParameters
from empa_graph.llm.endpoint import OPENAI_URL, checked_url
from empa_graph.llm.fingerprint import adapter_options
from empa_graph.llm.local import LocalChat, Weights, weights
from empa_graph.llm.openai_chat import ServerChat
from empa_graph.llm.providers import PACKAGES, provider_chat
from empa_graph.llm.refused import RefusedFields

_FORMS = "'openai:MODEL', 'local', 'local:/path/model.gguf', 'PROVIDER:MODEL', or a name with a base URL"

BUILTIN = ("local", "openai", *PACKAGES)
"""The providers that need no extension."""


def extra_providers() -> tuple[str, ...]:
    """Return the names of the registered providers."""
    return REGISTRY.names("provider")


def resolve_chat(
    spec: str,
    *,
    base_url: str | None = None,
    api_key: str | None = None,
    parameters: ChatParameters | None = None,
    refused: RefusedFields | None = None,
) -> Chat:
    """Return the chat that ``spec`` names, without calling it; UsageError or NotFoundError in one line.

    ``openai:gpt-x`` (needs ``api_key`` or ``base_url``); ``local``, ``local:/path/model.gguf``, both with
    ``?lora=/path/a.gguf&lora=/path/b.gguf`` (``base_url`` does not concern them); ``anthropic:...`` and the
    other LangChain providers, and registered ones; with ``base_url`` any other name, colons and all, is the
    server's own (write ``openai:NAME`` for a server's model that is called like a provider or "local").

    A model asks again by itself without what its server refuses, unless it is given ``refused`` to note it in: then it
    raises RefusedFieldError, once for each field.
    """
    asked = spec.strip()
    chosen = parameters or ChatParameters()
    provider, colon, model = asked.partition(":")
    if is_local(asked):
        return LocalChat(asked, files=local_files(asked), parameters=chosen, refused=refused)
    if is_elsewhere(asked):
        url = None if base_url is None else checked_url(base_url)
        return _maker(provider, refused)(asked, base_url=url, api_key=api_key, parameters=chosen)
    named = model if provider == "openai" and colon else asked
    if not named or (colon and not model):
        raise UsageError(f"model '{asked[:200]}' has no name: write {_FORMS}")
    if base_url is None:
        if colon and provider != "openai":
            raise NotFoundError("model provider", provider, [*BUILTIN, *extra_providers()])
        if not colon:
            raise UsageError(f"model '{asked[:200]}' names no provider: write {_FORMS}")
        if not api_key:
            raise UsageError(f"model '{asked[:200]}' needs a key: set OPENAI_API_KEY, or give a base URL")
    url, key = OPENAI_URL if base_url is None else checked_url(base_url), api_key or "not-needed"
    return _served(ServerChat(asked, model=named, url=url, key=key, parameters=chosen, refused=refused), refused)


def _maker(provider: str, refused: RefusedFields | None) -> Callable[..., Chat]:
    if provider in PACKAGES:
        return lambda name, **given: _served(provider_chat(name, **given, refused=refused), refused)
    found: Callable[..., Chat] = REGISTRY.find("provider", provider, builtin=BUILTIN)
    return found


def _served(chat: Chat, refused: RefusedFields | None) -> Chat:
    return YieldingChat(chat) if refused is None else chat


def is_elsewhere(spec: str) -> bool:
    """Say whether ``spec`` names a model of a provider that is neither OpenAI nor speaks as it does."""
    provider, colon, model = spec.strip().partition(":")
    return bool(colon and model) and provider in (*PACKAGES, *extra_providers())


def is_local(spec: str) -> bool:
    """Say whether ``spec`` names a model that is served inside the process."""
    return spec.strip().partition(":")[0].partition("?")[0] == "local"


def local_files(spec: str) -> Weights:
    """Return the checked files of a local model; UsageError names a wrong one."""
    place, _, query = spec.strip().partition("?")
    options = adapter_options(query)
    for option, value in options:
        if option != "lora" or not value:
            raise UsageError(f"model '{spec[:300]}': unknown option '{option}'; known: lora=/path/adapter.gguf")
    return weights(place.partition(":")[2] or None, [value for _, value in options])
