"""The store of a run as its episodes use it: written by group commit, and asked for turns and answers."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.store.ledger import Store
from empa_graph.store.records import CallEntry, Closing
from empa_graph.store.writer import AsyncWriter


class RunStore:
    """Keeps a run in ``store``; ``cache``, another run's store, is asked for answers that this one lacks."""

    def __init__(self, store: Store, *, cache: Store | None = None) -> None:
        self._store = store
        self._cache = cache
        self._writer = AsyncWriter(store.append)
        tallies = store.tallies()
        self.ended = frozenset(number for number, tally in tallies.items() if tally is None)
        self._begun = tallies.keys() - self.ended
        self._earlier = bool(tallies or store.totals().calls)
        self._fresh: set[str] = set()

    def turns(self, number: int) -> Sequence[TurnRecord]:
        """Return the finished turns of an episode that has not ended."""
        return self._store.turns(number) if number in self._begun else ()

    def calls(self, number: int) -> Sequence[ModelCall]:
        """Return the model calls of an episode that has not ended, from earlier sessions."""
        return self._earlier_calls.get(number, ())

    @cached_property
    def _earlier_calls(self) -> dict[int, list[ModelCall]]:
        found: dict[int, list[ModelCall]] = {}
        for call in self._store.calls() if self._earlier else ():
            if call.episode not in self.ended:
                found.setdefault(call.episode, []).append(call)
        return found

    def answer(self, key: str) -> str | None:
        """Return the kept answer to the request ``key``; the store is only asked for what it may hold."""
        if key in self._fresh or self._earlier:
            kept = self._store.answer(key)
            if kept is not None:
                return kept
        return self._cache.answer(key) if self._cache is not None else None

    async def keep_turn(self, turn: TurnRecord) -> None:
        """Keep a finished turn; durable on return."""
        await self._writer.add(turn)

    async def keep_episode(self, number: int, episode: Episode) -> None:
        """Keep an episode that ended; durable on return."""
        await self._writer.add(Closing(number, episode))

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None:
        """Keep a call and its answer; durable on return."""
        await self._writer.add(CallEntry(call, key, answer))
        if key is not None and answer is not None:
            self._fresh.add(key)

    async def aclose(self) -> None:
        """Write what waits. The store stays its owner's to close."""
        await self._writer.aclose()
