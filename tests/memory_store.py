"""Where the turns of a run are kept in tests without a store."""

from __future__ import annotations

from collections.abc import Sequence

from empa_graph.errors import SuspendedError
from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import ModelCall, TurnRecord


class MemoryStore:
    """Keeps a run in memory; ``room`` turns and episodes fit in."""

    def __init__(self, *, room: int = 1_000) -> None:
        self.room = room
        self.kept: dict[int, Episode] = {}
        self.held: dict[int, list[TurnRecord]] = {}

    @property
    def ended(self) -> frozenset[int]:
        return frozenset(self.kept)

    def turns(self, number: int) -> Sequence[TurnRecord]:
        return list(self.held.get(number, ()))

    def calls(self, number: int) -> Sequence[ModelCall]:
        return ()

    def answer(self, key: str) -> str | None:
        return None

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None:
        raise AssertionError("no model is asked here")

    async def keep_turn(self, turn: TurnRecord) -> None:
        self._make_room()
        self.held.setdefault(turn.episode, []).append(turn)

    async def keep_episode(self, number: int, episode: Episode) -> None:
        self._make_room()
        self.kept[number] = episode

    def _make_room(self) -> None:
        if self.room == 0:
            raise SuspendedError("the disk is full", limit="store")
        self.room -= 1
