"""What a card or a scenario says, worked out once for all turns of its person."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Generic, TypeVar

K = TypeVar("K")
T = TypeVar("T")


class OncePerCard(Generic[K, T]):
    """Does ``work`` once for each of the last 64 cards, told apart as objects: to compare two takes as long as work."""

    def __init__(self, work: Callable[[K], T]) -> None:
        self._done = lru_cache(maxsize=64)(lambda same: work(same.card))

    def __call__(self, card: K) -> T:
        """Return what ``work`` makes of ``card``; shared, not to be changed."""
        return self._done(_Same(card))


class _Same(Generic[K]):
    def __init__(self, card: K) -> None:
        self.card = card

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and other.card is self.card

    def __hash__(self) -> int:
        return id(self.card)
