"""Who sits where in a run and how models are reached, in the user's words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from empa_graph.errors import UsageError
from empa_graph.llm.endpoint import checked_url
from empa_graph.llm.resolve import is_elsewhere, is_local
from empa_graph.roles.empathic.spoken import Speaks
from empa_graph.roles.evaluator.offline import OFFLINE

EVALUATORS = (*OFFLINE, "judge", "epm")
ASYNCIO = "asyncio"
"""The built-in executor."""
JUDGE_TEMPERATURE = 0.0
JUDGE_TOKENS = 900
VOICE_TOKENS = 200
"""Of one answer, where nothing else is said."""

ASKED: dict[str, float | int | str | None] = {
    "extra_body": None,
    "judge_temperature": JUDGE_TEMPERATURE,
    "judge_max_tokens": JUDGE_TOKENS,
    "voice_max_tokens": VOICE_TOKENS,
    "voice_check": None,
    "strict_voice": False,
}
"""How models are asked beside the agent's own two parameters, with the defaults."""


class Patience(NamedTuple):
    """How often a role is called again after a fault of a service that may pass, ``wait`` seconds later and more.

    Each further wait is twice as long, 10 seconds at most, up to a second more by chance; 0 waits for nothing.
    """

    retries: int = 3
    wait: float = 0.5


PATIENCE = Patience()


class Access(NamedTuple):
    """Where a model is asked: a ``url`` (None for its provider's own), and the ``key`` sent there.

    A key of None leaves it to the provider's SDK to look for its own.
    """

    url: str | None
    key: str | None


def answering(answer: object) -> Callable[[Any], Any] | None:
    """Return ``answer`` as what answers an interrupt: a function as it is, None as nobody, a value for every one."""
    if answer is None or callable(answer):
        return answer
    return lambda _: answer


def typed_answer(text: str | None) -> Callable[[Any], Any] | None:
    """Return what answers each interrupt with ``text`` read as JSON, or as it is where it is none."""
    if text is None:
        return None
    try:
        value = json.loads(text)
    except ValueError:
        value = text
    return lambda _: value


def typed_object(text: str | None, *, where: str) -> dict[str, Any] | None:
    """Return the JSON object that ``text`` is, None for none. Raises UsageError."""
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f'{where}: no JSON ({str(error)[:100]}); write an object, like \'{{"user_id": "nadia"}}\''
        ) from None
    if not isinstance(value, dict):
        raise UsageError(f'{where}: JSON, but no object; write one like \'{{"user_id": "nadia"}}\'')
    return value


@dataclass(frozen=True, slots=True)
class Casting:
    """Who sits where, in the user's words."""

    empathic: str = "local"
    evaluator: str = "cues"
    judges: tuple[str, ...] = ()
    judge_every: int = 1
    director: str | None = None
    voice: str = "card"
    noise: float = 0.02
    base_url: str | None = None
    api_key: str | None = None
    """The key for the server at ``base_url``; without one, for the providers that are asked."""
    judge_base_url: str | None = None
    """Where all models but the agent under test answer, if not at ``base_url`` or at the provider they name."""
    judge_api_key: str | None = None
    openai_key: str | None = None
    """The key for OpenAI itself, and for no other server."""
    temperature: float = 0.7
    max_tokens: int = 160
    extra_body: str | None = None
    """A JSON object whose fields are added to the requests of the agent under test."""
    judge_temperature: float = JUDGE_TEMPERATURE
    judge_max_tokens: int = JUDGE_TOKENS
    voice_max_tokens: int = VOICE_TOKENS
    voice_check: str | None = None
    """A model that is asked of each wording of the voice whether it may be spoken."""
    strict_voice: bool = False
    """Whether an episode fails whose voice gives no wording that may be spoken; else the card's line is."""
    timeout: float | None = None
    """Seconds that one request may take; None for the default of the kind of model."""
    patience: Patience = PATIENCE
    redaction: str | None = None
    executor: str = ASYNCIO
    speaks: Speaks = "all"
    """Which messages of an agent's turn the person hears, of code of the user."""
    on_interrupt: Callable[[Any], Any] | None = None
    """What answers the interrupts of an agent that is a graph; without it they fail the episode."""
    context: Any = None
    """The runtime context of an agent that is a graph: a mapping, or an object of its schema."""
    initial: Mapping[str, Any] | None = None
    """Channels beside the messages with which the state of an agent that is a graph begins."""
    extra: tuple[str, ...] = ()
    """Roles of the user behind a seat, each as ``SEAT:module:attribute``."""

    def __post_init__(self) -> None:
        """Raise UsageError for a URL that no server can have: it would be kept, asked or not."""
        for url in (self.base_url, self.judge_base_url):
            if url is not None:
                checked_url(url)

    def rubric(self, named: str | None) -> str:
        """Return the rubric to judge by: the one ``named``, else `epm` for its evaluator, else `sdt`."""
        return named or ("epm" if self.evaluator == "epm" else "sdt")

    @property
    def parameters(self) -> dict[str, float | int | str | None]:
        """How models are asked, as the manifest says it; what was left at its default has no entry but the agent's."""
        given = {"temperature": self.temperature, "max_tokens": self.max_tokens}
        return given | {name: value for name, default in ASKED.items() if (value := getattr(self, name)) != default}

    @property
    def keys(self) -> tuple[str | None, ...]:
        """All keys, which no log may hold."""
        return self.api_key, self.judge_api_key, self.openai_key

    def access(self, spec: str, *, under_test: bool) -> Access:
        """Return where the model ``spec`` is asked, and with which key.

        ``base_url`` is the server of the agent under test, and of other models that name no provider.
        """
        if is_local(spec):
            return Access(None, None)
        if not under_test and self.judge_base_url is not None:
            return Access(self.judge_base_url, self.judge_api_key)
        provided = is_elsewhere(spec) or spec.startswith("openai:")
        if self.base_url is not None and (under_test or not provided):
            return Access(self.base_url, self.api_key)
        given = self.api_key if self.base_url is None else None
        if not under_test:
            given = self.judge_api_key or given
        return Access(None, given or (None if is_elsewhere(spec) else self.openai_key))

    @property
    def judged_by(self) -> str:
        """What judges in the end: an offline evaluator, ``judge``, ``panel`` or a registered evaluator."""
        if self.evaluator in OFFLINE or self.evaluator not in EVALUATORS:
            return self.evaluator
        if not self.judges:
            return "cues"
        return "judge" if len(self.judges) == 1 else "panel"
