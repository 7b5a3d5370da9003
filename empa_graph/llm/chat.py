"""The protocol every language model is spoken to through, and its records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal, Protocol, runtime_checkable

from pydantic import AfterValidator, BaseModel, Field

from empa_graph.models.dialogue import Usage
from empa_graph.models.extra_body import checked_body
from empa_graph.models.record import Record

Seconds = Annotated[float, Field(gt=0.0, le=86_400.0)]
DEFAULT_TIMEOUT = 120.0
"""Seconds that a request to a server may take where nothing else is said."""


class Prompt(Record):
    """One message sent to a model."""

    role: Literal["system", "user", "assistant"]
    content: str


class ToolCall(Record):
    """A tool that a model called: its name and its raw ``arguments``, JSON that nobody has checked."""

    name: str
    arguments: str


class Completion(Record):
    """What a model answered: its raw ``text``, never parsed, and what the server said about it.

    ``finish_reason`` is the server's own word ("stop", "length", "content_filter", ...), or "refusal".
    """

    text: str
    model: str | None = None
    finish_reason: str | None = None
    usage: Usage | None = None
    calls: tuple[ToolCall, ...] = ()
    left_out: tuple[str, ...] = ()
    """What the request went without, since its server or model refuses it; ``system`` for the role."""


class ChatParameters(Record):
    """How a model is asked; ``timeout`` None means 120 s for a server and 600 s for the local model."""

    temperature: Annotated[float, Field(ge=0.0, le=2.0)] = 0.0
    max_tokens: Annotated[int, Field(ge=1, le=1_000_000)] = 256
    seed: int | None = None
    timeout: Seconds | None = None
    connect_timeout: Seconds = 30.0
    extra_body: Annotated[str, AfterValidator(checked_body)] | None = None
    """A JSON object whose fields are added to the request, where a server is spoken to as OpenAI's is."""


@runtime_checkable
class Chat(Protocol):
    """A model one can ask; it makes one request per call and never retries."""

    @property
    def name(self) -> str:
        """Return the model string as the user gave it."""

    @property
    def endpoint(self) -> str:
        """Return where the model answers: a URL without secrets, or a name that holds no path of this machine."""

    @property
    def parameters(self) -> ChatParameters:
        """Return how the model is asked."""

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts``, asking the server to follow ``schema`` or offering ``tools`` to call, not both.

        A tool is called by the title of its model. Raises ProviderError when the call fails, of kind
        "tools_unsupported" when the model can be offered no tools, and RefusedFieldError where asking again, without
        what the server refused, may help.
        """

    async def aclose(self) -> None:
        """Release the connections of the running event loop; the chat can be used again."""


@runtime_checkable
class Probed(Protocol):
    """A chat that can be looked at before a run."""

    async def probe(self) -> str | None:
        """Return a hint for the user or None; raise UsageError if the model cannot be had."""


async def probe(chat: Chat) -> str | None:
    """Check before a run that ``chat`` can be reached; return a hint or None, or raise UsageError."""
    return await chat.probe() if isinstance(chat, Probed) else None
