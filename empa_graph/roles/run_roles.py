"""The roles of a run: who sits in each seat, and what is closed behind them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from empa_graph.llm import Chat
from empa_graph.llm.keys import KnownKeys
from empa_graph.llm.refused import RefusedFields
from empa_graph.models.config import ExecutionConfig
from empa_graph.roles.evaluator.support_judge import SupportJudge
from empa_graph.roles.views import After, EmpathicRole, EvaluatorRole, PersonaRole, Role

Executor = Callable[[Callable[[Any], Awaitable[None]], Iterable[Any], int], Awaitable[None]]
"""Plays each item of a plan once, at most so many at a time; what ``play`` raises ends it."""


class Patience(NamedTuple):
    """How often a role is called again after a fault of a service that may pass, ``wait`` seconds later and more.

    Each further wait is twice as long, 10 seconds at most, up to a second more by chance; 0 waits for nothing.
    """

    retries: int = ExecutionConfig().retries
    wait: float = 0.5


PATIENCE = Patience()


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of a run and the chats to close behind them."""

    persona: PersonaRole
    empathic: EmpathicRole
    evaluator: EvaluatorRole
    chats: tuple[Chat, ...]
    director: Role | None = None
    support_judge: SupportJudge | None = None
    """What codes the support of a conversation that has ended, beside the offline coder."""
    evaluator_name: str = "cues"
    patience: Patience = PATIENCE
    executor: Executor | None = None
    """What decides where and when episodes run; None for one of the package."""
    code: frozenset[str] = frozenset()
    """The seats that are code of the user and ask no model through this package."""
    instructed: bool = True
    """Whether the agent under test is given the instructions of its variant."""
    refused: RefusedFields = field(default_factory=RefusedFields)
    """What servers were found to refuse, filled while they are asked."""
    keys: KnownKeys = field(default_factory=KnownKeys)
    """What is hidden in all that models and the agent say."""
    watchers: Mapping[str, After] = field(default_factory=dict)
    """The user's own roles behind the three, by name."""

    @property
    def extra(self) -> dict[str, After]:
        """The roles behind the three, by name, each with its place."""
        return {**self.watchers, **({"director": After("evaluator", self.director)} if self.director else {})}

    async def aclose(self) -> None:
        """Close every chat."""
        for chat in self.chats:
            await chat.aclose()
