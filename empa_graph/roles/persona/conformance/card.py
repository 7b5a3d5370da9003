"""What a card says, worked out once for all wordings of its person."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

from empa_graph.models.persona import Persona

T = TypeVar("T")


class OncePerCard(Generic[T]):
    """Does ``work`` once for each of the last 64 cards, told apart as objects: to compare two takes as long as work."""

    def __init__(self, work: Callable[[Persona], T]) -> None:
        self._done = lru_cache(maxsize=64)(lambda card: work(card.persona))

    def __call__(self, persona: Persona) -> T:
        """Return what ``work`` makes of ``persona``; shared, not to be changed."""
        return self._done(_Same(persona))


class _Same:
    def __init__(self, persona: Persona) -> None:
        self.persona = persona

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.persona is self.persona

    def __hash__(self) -> int:
        return id(self.persona)
