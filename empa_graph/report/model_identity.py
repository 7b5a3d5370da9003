"""What other formats call the agent under test: a developer and a name, for text that may be anybody's.

Rule: a name is never a path. What is not plain in a folder's name on every system becomes an underscore.
"""

from __future__ import annotations

import re
from pathlib import PurePath
from typing import NamedTuple

from empa_graph.models.config import AgentConfig
from empa_graph.models.run import Run
from empa_graph.report.text import one_line

UNSTATED = "unstated"
"""The developer of an agent whose name tells none."""
OWN = "empa-graph"
"""The developer of the scripted agents."""
BUNDLED = ("HuggingFaceTB", "SmolLM2-135M-Instruct")
"""What ``local`` is without a file: other weights are refused there."""
LONGEST = 100
"""Characters of a part."""
PROVIDERS = {
    "anthropic": "anthropic",
    "azure_ai": "azure_ai",
    "azure_openai": "openai",
    "bedrock": "bedrock",
    "bedrock_converse": "bedrock",
    "cohere": "cohere",
    "deepseek": "deepseek",
    "fireworks": "fireworks",
    "google_genai": "google",
    "google_vertexai": "google",
    "groq": "groq",
    "huggingface": "huggingface",
    "ibm": "ibm",
    "mistralai": "mistralai",
    "nvidia": "nvidia",
    "ollama": "ollama",
    "openai": "openai",
    "openrouter": "openrouter",
    "perplexity": "perplexity",
    "together": "together",
    "upstage": "upstage",
    "xai": "xai",
}
"""The providers by our names, each with the developer of a model whose name tells none."""
_KNOWN = frozenset({"anthropic", "deepseek", "google", "ollama", "openai", "perplexity"})
"""Developers that are called so in the log of Inspect, too."""
_OTHER = "openai-api"
"""Inspect's word for a service that speaks as OpenAI does. Any other agent is called so, code and scripts too: the
format has no word for them, and a converter refuses a name that it does not know."""
_LOCAL = "llama-cpp-python"
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10))}
_ODD = re.compile(r"[^A-Za-z0-9._+-]+")


class Identity(NamedTuple):
    """An agent as others name it; ``developer`` and ``name`` are safe as names of folders."""

    developer: str
    name: str
    shown: str
    """As it was asked for, in one line; of files the name alone."""
    provider: str | None
    """Where a model was asked: a provider, ``local``, or ``server`` for an address; None for code and scripts."""

    @property
    def id(self) -> str:
        """``developer/name``."""
        return f"{self.developer}/{self.name}"

    @property
    def inspect(self) -> tuple[str, str]:
        """The first part of a model's name in Inspect, and the rest of it."""
        if self.provider == "local":
            return _LOCAL, self.name
        if PROVIDERS.get(self.provider or "") == self.developer and self.developer in _KNOWN:
            return self.developer, self.name
        return _OTHER, self.id


def folder_name(text: str) -> str:
    """Return ``text`` as the name of one folder: letters, digits and ``._+-``, never hidden, reserved or empty."""
    name = _ODD.sub("_", text).strip("._")[:LONGEST].rstrip("._")
    reserved = name.partition(".")[0].upper() in _RESERVED or name.lower() in ("data", "unknown", "")
    return f"_{name}" if reserved else name


def identity(run: Run, *, metered: bool, maker: str = "") -> Identity:
    """Return how the agent under test of ``run`` is called; ``metered`` says whether it answered as a model.

    ``maker`` is the developer of an agent whose name tells none.
    """
    agent, unnamed = run.config.agent, maker or UNSTATED
    spec = agent.spec.strip()
    if spec.startswith("scripted:") and agent.base_url is None:
        return _identity(OWN, spec, spec, None)
    if not metered and _is_code(run):
        place, colon, attribute = spec.rpartition(":")
        name = f"{PurePath(place).name}{colon}{attribute}" if colon else spec
        return _identity(unnamed, name, name, None)
    return model_identity(agent, unnamed=unnamed)


def model_identity(agent: AgentConfig, *, unnamed: str = UNSTATED) -> Identity:
    """Return how the model is called that ``agent`` asks, or a judge."""
    spec = agent.spec.strip()
    place, adapters, _ = spec.partition("?")
    provider, colon, model = place.partition(":")
    if provider == "local":
        shown = f"local{colon}{PurePath(model).name}{' with adapters' if adapters else ''}"
        developer, name = BUNDLED if shown == "local" else (unnamed, shown)
        return _identity(developer, name, shown, "local")
    provider, colon, model = spec.partition(":")
    if not colon or provider not in PROVIDERS:
        provider, model = "server", spec
    if provider == "openai" and agent.base_url is not None:
        provider = "server"
    maker, slash, rest = model.rpartition("/")
    if slash:
        return _identity(maker, rest, spec, provider)
    return _identity(unnamed if provider == "server" else PROVIDERS[provider], model, spec, provider)


def _is_code(run: Run) -> bool:
    agent = run.config.agent
    provider = agent.spec.strip().partition("?")[0].partition(":")[0]
    return "empathic" in run.handed or (agent.base_url is None and provider not in ("local", *PROVIDERS))


def _identity(developer: str, name: str, shown: str, provider: str | None) -> Identity:
    return Identity(folder_name(developer), folder_name(name), one_line(shown)[: 2 * LONGEST], provider)
