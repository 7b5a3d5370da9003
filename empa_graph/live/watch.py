"""Follow many live conversations from a stream of chat lines and hold each to an SLA; memory is bounded."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from empa_graph.chats.pieces import Fault, Messages, Piece
from empa_graph.live.conversation import Conversation
from empa_graph.live.records import Decision, EmpathySLA
from empa_graph.live.tracker import Clock, LiveJudge, answered, asked, begun, recorded, view
from empa_graph.models.rubric import Rubric

MOST_CONVERSATIONS = 1_000
CONCURRENCY = 8
"""Conversations judged at a time."""


class Found(NamedTuple):
    """A decision on one conversation."""

    conversation: str
    decision: Decision


@dataclass(slots=True)
class Tally:
    """What was read and found so far."""

    lines: int = 0
    """Those that are not blank."""
    unusable: int = 0
    conversations: int = 0
    forgotten: int = 0
    """Conversations dropped to stay within the bound; what they say later begins anew."""
    judged: int = 0
    missing: int = 0
    breaches: int = 0


@dataclass(slots=True)
class _Open:
    """A conversation and the turn that is still being said."""

    known: Conversation
    said: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    traced: tuple[int, ...] = ()
    """Hashes of what recorded calls have told; each tells it all again."""


def _new(held: _Open, piece: Piece) -> Messages:
    """Return what ``piece`` says that was not heard before."""
    if piece.kind != "trace":
        return piece.messages
    said = tuple(each for each in piece.messages if each is not None)
    told = tuple(map(hash, said))
    if held.traced[: len(told)] == told:
        return ()
    known = len(held.traced) if told[: len(held.traced)] == held.traced else 0
    held.traced = told if known else held.traced + told
    return said[known:]


def _unnamed(piece: Piece) -> str:
    """Return the name of a piece without an id: a whole one stands for itself, a row belongs to the one stream."""
    return "the stream" if piece.kind == "row" else f"line {piece.line}"


class Watch:
    """Takes lines in, gives decisions out. A turn ends where the person speaks again, or when it is told to settle."""

    def __init__(
        self, judge: LiveJudge, *, sla: EmpathySLA, rubric: Rubric, clock: Clock, most: int = MOST_CONVERSATIONS
    ) -> None:
        self.tally = Tally()
        self._judge, self._sla, self._rubric, self._clock, self._most = judge, sla, rubric, clock, most
        self._open: OrderedDict[str, _Open] = OrderedDict()
        self._seats = asyncio.Semaphore(CONCURRENCY)

    def known(self, conversation: str) -> Conversation | None:
        """Return a conversation as it stands; None for one that is not, or no longer, held."""
        found = self._open.get(conversation)
        return found.known if found is not None else None

    async def heard(self, items: Sequence[Piece | Fault]) -> tuple[list[Found], list[str]]:
        """Take in what a few lines said; return the decisions, in the order of conversations, and what was unusable."""
        faults: list[str] = []
        groups: dict[str, list[Piece]] = {}
        for item in items:
            self.tally.lines += 1
            if isinstance(item, Fault):
                self.tally.unusable += 1
                faults.append(f"line {item.line}: {item.why}")
            else:
                groups.setdefault(item.id or _unnamed(item), []).append(item)
        found = await self._all([self._follow(name, group) for name, group in groups.items()])
        return [*found, *await self._forget()], faults

    async def settled(self) -> list[Found]:
        """End every turn that was answered and judge it, where the stream rests or ends."""
        return await self._all([self._ended(name) for name, held in self._open.items() if held.replies])

    async def _all(self, work: Sequence[Awaitable[list[Found]]]) -> list[Found]:
        return [found for part in await asyncio.gather(*work) for found in part]

    async def _follow(self, name: str, pieces: Sequence[Piece]) -> list[Found]:
        found: list[Found] = []
        async with self._seats:
            for piece in pieces:
                found += await self._taken(name, piece)
        return found

    async def _taken(self, name: str, piece: Piece) -> list[Found]:
        found: list[Found] = []
        if piece.kind == "whole" or name not in self._open:
            self.tally.conversations += 1
            self._open[name] = _Open(begun(self._rubric))
        self._open.move_to_end(name)
        held = self._open[name]
        for said in _new(held, piece):
            if said is not None and said.speaker == "persona":
                found += await self._ended(name)
                held.said.append(said.text)
            elif said is not None and held.said:  # what the agent says before the person is left out
                held.replies.append(said.text)
        return [*found, *(await self._ended(name) if piece.kind == "whole" else ())]

    async def _ended(self, name: str) -> list[Found]:
        """Judge the turn that is open, when it was answered."""
        held = self._open[name]
        if not held.replies:
            return []
        known = answered(asked(held.known, held.said), held.replies)
        held.said, held.replies = [], []
        judged = await self._judge(view(known, known.pending[0].turn, known.latent))
        held.known, decisions = recorded(known, judged, self._sla, now=self._clock())
        self.tally.judged += judged.step.increment is not None
        self.tally.missing += judged.step.failure is not None
        self.tally.breaches += sum(decision.kind == "breach" for decision in decisions)
        return [Found(name, decision) for decision in decisions]

    async def _forget(self) -> list[Found]:
        """Drop the conversations longest unheard beyond the bound; an answered turn of theirs is still judged."""
        found: list[Found] = []
        while len(self._open) > self._most:
            found += await self._ended(next(iter(self._open)))
            self._open.popitem(last=False)
            self.tally.forgotten += 1
        return found
