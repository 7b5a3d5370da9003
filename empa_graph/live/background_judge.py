"""Where answered turns are judged beside the conversation: one turn after another per conversation, in a task."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

from empa_graph.live.conversation import Conversation
from empa_graph.live.tracker import Judged, LiveJudge, view
from empa_graph.models.dialogue import Message
from empa_graph.models.latent import LatentState
from empa_graph.roles.views import EvaluatorView

MOST_BENCHES = 1024
"""Conversations whose judgements are kept in memory; those of others are judged again from the checkpoint."""

_STEPS = 8
"""Steps of the event loop in which a judgement that waits for nothing is done."""


class Bench:
    """The judgements under way of one conversation. The checkpoint is the truth: what does not fit it is dropped."""

    def __init__(self, judge: LiveJudge, base: LatentState) -> None:
        self._judge = judge
        self._base = base
        """The path as the checkpoint has it; the judgements of `_done` follow on it."""
        self._path = base
        self._sent = len(base.steps)
        self._queue: deque[tuple[int, EvaluatorView]] = deque()
        self._skipped: set[int] = set()
        self._done: deque[Judged] = deque()
        self._task: asyncio.Task[None] | None = None
        self._loop = asyncio.get_running_loop()

    def send(self, conversation: Conversation) -> None:
        """Let go of what the conversation has recorded, queue the turns that wait, and start judging."""
        while self._done and len(self._base.steps) < len(conversation.latent.steps):
            self._base = self._base.extended(self._done.popleft().step)
        if not self._done and not self._queue:
            self._base = self._path = conversation.latent
            self._skipped.clear()
        for waiting in conversation.pending:
            if waiting.skipped:
                self._skipped.add(waiting.turn)
            if waiting.turn > self._sent:
                self._queue.append((waiting.turn, view(conversation, waiting.turn, self._path)))
                self._sent = waiting.turn
        if self._queue and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    async def wait(self, seconds: float | None) -> None:
        """Wait until all is judged, for at most ``seconds``; with 0 only what needs no waiting is done."""
        if self._task is None:
            return
        if seconds == 0:
            for _ in range(_STEPS):
                await asyncio.sleep(0)
        else:
            await asyncio.wait({self._task}, timeout=seconds)

    def judged(self, conversation: Conversation) -> Judged | None:
        """Return the judgement of the conversation's first pending turn, when there is one by now.

        It stays here until the conversation comes back with it: a turn that fails on the way loses nothing.
        """
        at = len(conversation.latent.steps) - len(self._base.steps)
        return self._done[at] if conversation.pending and 0 <= at < len(self._done) else None

    def fits(self, conversation: Conversation) -> bool:
        """Say whether it stands where the checkpoint stands: same loop, same path, same words at each waiting turn."""
        if self._loop is not asyncio.get_running_loop() or (self._task is not None and self._task.cancelled()):
            return False
        ahead, path = len(conversation.latent.steps) - len(self._base.steps), self._base
        if not 0 <= ahead <= len(self._done):
            return False
        for done in list(self._done)[:ahead]:
            path = path.extended(done.step)
        waiting = {p.turn: conversation.said(p.turn) for p in conversation.pending}
        own: dict[int, tuple[Message, ...]] = {done.step.turn: done.said for done in list(self._done)[ahead:]}
        own |= {turn: tuple(m for m in seen["messages"] if m.turn == turn) for turn, seen in self._queue}
        same = all(waiting.get(turn) == said for turn, said in own.items())
        return same and path.position == conversation.latent.position

    def close(self) -> None:
        """Stop judging; the turns stay pending in the checkpoint."""
        if self._task is not None and not self._task.done() and self._loop is _running():
            self._task.cancel()

    async def _run(self) -> None:
        while self._queue:
            turn, shown = self._queue[0]
            judged = await self._judge({**shown, "latent": self._path}, skipped=turn in self._skipped)
            self._queue.popleft()
            self._path = self._path.extended(judged.step)
            self._done.append(judged)


class Benches:
    """The benches of many conversations; those longest unused are closed."""

    def __init__(self, judge: LiveJudge) -> None:
        self._judge = judge
        self._known: OrderedDict[int, Bench] = OrderedDict()

    def of(self, conversation: Conversation) -> Bench:
        """Return the bench of ``conversation``, a fresh one where none fits, with all its pending turns."""
        bench = self._known.get(conversation.seed)
        if bench is None or not bench.fits(conversation):
            if bench is not None:
                bench.close()
            bench = self._known[conversation.seed] = Bench(self._judge, conversation.latent)
        self._known.move_to_end(conversation.seed)
        if len(self._known) > MOST_BENCHES:
            self._known.popitem(last=False)[1].close()
        bench.send(conversation)
        return bench


def _running() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
