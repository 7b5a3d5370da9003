"""One conversation of our graph in which a caller outside sits in the agent's seat, reply by reply."""

from __future__ import annotations

import asyncio
from typing import NamedTuple

from empa_graph.errors import UsageError
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.report.text import shortened
from empa_graph.roles.make import Wrap
from empa_graph.roles.views import EmpathicView, EmpathicWrite, spoken
from empa_graph.run.config import Prepared
from empa_graph.run.meter import RunMeter
from empa_graph.run.schedule import run_async
from empa_graph.run.single import InMemory


class Heard(NamedTuple):
    """What the person said in a turn, and the instructions that an agent gets beside it."""

    turn: int
    text: str
    instructions: str


class WaitingEmpathic:
    """The agent's seat: it shows what the person said and waits for the reply, for as long as that takes."""

    name = "mcp"

    def __init__(self) -> None:
        self.heard: Heard | None = None
        """What waits for a reply; None while the graph is at work."""
        self.asked = asyncio.Event()
        self._reply = ""
        self._replied = asyncio.Event()

    async def __call__(self, view: EmpathicView) -> EmpathicWrite:
        """Return the reply that was given from outside."""
        turn, said = view["messages"][-1].turn, spoken(view["messages"], "persona")
        self.heard = Heard(turn, said[-1], view["instructions"])
        self.asked.set()
        await self._replied.wait()
        self._replied.clear()
        return EmpathicWrite(messages=[Message(turn=turn, speaker="empathic", content=self._reply)])

    def answer(self, text: str) -> None:
        """Hand over the reply to what was heard."""
        self.heard, self._reply = None, text
        self.asked.clear()
        self._replied.set()


class Conversation:
    """A conversation under way; it is played in a task of its own, which `aclose` ends."""

    def __init__(self, made: Prepared, seat: WaitingEmpathic, meter: RunMeter, wrap: Wrap) -> None:
        """Begin to play the one scenario of ``made``, whose agent is ``seat``; ``meter`` counts what ``wrap`` wraps."""
        self._seat = seat
        self._memory = InMemory()
        self._alone = asyncio.Lock()
        self._told = 0
        """The last turn that a caller got the person's words of."""
        roles = made.roles(wrap=wrap)
        play = run_async(made.run, made.scenarios, roles, made.rubric, turn_store=self._memory, meter=meter)
        self._task = asyncio.create_task(play)

    @property
    def ended(self) -> bool:
        """Whether nothing more can be said."""
        return self._task.done()

    @property
    def episode(self) -> Episode:
        """What was played. Raises UsageError for a conversation that goes on, what stopped one that was cut short."""
        if not self.ended:
            raise UsageError("the conversation has not ended; go on with `reply` until `ended` is true")
        self._raise_stopped()
        return self._memory.kept[0]

    async def opened(self) -> Heard | None:
        """Return the first words of the person; None where the conversation failed before them."""
        return await self._next()

    async def replied(self, text: str) -> Heard | None:
        """Say ``text`` and return what the person answers; None where that ended the conversation.

        Raises UsageError where nothing can be said now, SuspendedError where the server's limit of cost is reached.
        """
        if self._alone.locked():
            raise UsageError("an earlier reply to this conversation is still being answered")
        async with self._alone:
            if self.ended:
                self._raise_stopped()
                raise UsageError("the conversation has ended; `result` says how")
            told = self._told
            heard = await self._next()
            if heard is not None and heard.turn > told:  # the request that it answered was given up
                raise UsageError(
                    f"not taken: you have not heard the person's last words yet: {shortened(heard.text, 2_000)}"
                )
            self._seat.answer(text)
            return await self._next()

    async def aclose(self) -> None:
        """End it; what was not finished is lost."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def _next(self) -> Heard | None:
        asked = asyncio.ensure_future(self._seat.asked.wait())
        try:
            await asyncio.wait({asked, self._task}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            asked.cancel()
        if self.ended:
            self._raise_stopped()
            return None
        if (heard := self._seat.heard) is not None:
            self._told = heard.turn
        return heard

    def _raise_stopped(self) -> None:
        """Raise what stopped the conversation before its end."""
        if self._task.cancelled():
            raise UsageError("the conversation was given up, since nobody had answered for long")
        if (stopped := self._task.result()) is not None:
            raise stopped
