"""The meter of a run: what was answered before, what is kept, and when to stop. All calls to models pass it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

from empa_graph.errors import RunError, SuspendedError
from empa_graph.llm.location import LOCATION
from empa_graph.models.config import Limits
from empa_graph.models.turn_record import ModelCall, Totals
from empa_graph.run.telemetry import Telemetry


class CallKeeper(Protocol):
    """Where calls are kept and answers found again."""

    def answer(self, key: str) -> str | None:
        """Return the kept answer to the request ``key``."""

    async def keep_call(self, call: ModelCall, *, key: str | None, answer: str | None) -> None:
        """Keep ``call``, and its answer under ``key``; durable on return."""


@dataclass(slots=True)
class _Use:
    """What an episode uses. A request counts once, replayed or not: so its limit falls at the same turn always."""

    begun: float
    tokens: int = 0
    counted: set[tuple[object, ...]] = field(default_factory=set)

    def add(self, call: ModelCall) -> None:
        request = (call.turn, call.role, call.model, call.prompt_hash, call.parameters.get("seed"))
        if call.failure is None and request not in self.counted:
            self.counted.add(request)
            self.tokens += sum(_tokens(call))


class RunMeter:
    """Counts what a run uses from ``totals`` on, holds it to ``limits``, and stops it when asked to."""

    def __init__(
        self,
        keeper: CallKeeper,
        *,
        limits: Limits | None = None,
        totals: Totals | None = None,
        telemetry: Telemetry | None = None,
        elapsed: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin to count; ``elapsed`` are the seconds that this session has gone on already."""
        self.limits = limits or Limits()
        self.totals = totals or Totals()
        self.telemetry = telemetry
        self.stopped: SuspendedError | None = None
        self._keeper = keeper
        self._clock = clock
        self._begun = clock() - elapsed
        self._unpriced = self.totals.unpriced
        self._episodes: dict[int, _Use] = {}

    @property
    def seconds(self) -> float:
        """Wall time of this session."""
        return self._clock() - self._begun

    def begin(self, episode: int, *, calls: Iterable[ModelCall] = ()) -> None:
        """Start to count for ``episode``; ``calls`` are those of its finished turns from earlier sessions."""
        self._episodes[episode] = _Use(self._clock())
        for call in calls:
            self._episodes[episode].add(call)

    def seconds_of(self, episode: int) -> float:
        """Return for how long ``episode`` has been played in this session."""
        use = self._episodes.get(episode)
        return self._clock() - use.begun if use else 0.0

    def end(self, episode: int) -> None:
        """Forget what was counted for ``episode``."""
        self._episodes.pop(episode, None)

    def stop(self, message: str, *, limit: str = "stop") -> None:
        """Let what is in flight come back, and ask for nothing more. The first reason stands."""
        self.stopped = self.stopped or SuspendedError(message, limit=limit)

    async def answered(self, key: str) -> str | None:
        """Return the answer that was kept for the request ``key``; RunError when the episode has reached a limit.

        Checked here too: a replay ends where the first play did.
        """
        if (location := LOCATION.get()) is not None:
            self.check_episode(location.episode)
        return self._keeper.answer(key)

    async def keep(self, call: ModelCall, *, key: str | None = None, answer: str | None = None) -> None:
        """Keep ``call`` and count it; durable on return."""
        await self._keeper.keep_call(call, key=key, answer=answer)
        self.totals = added(self.totals, call)
        if self.telemetry is not None:
            self.telemetry.call(call)
        if call.episode in self._episodes:
            self._episodes[call.episode].add(call)

    def allow(self, endpoint: str) -> None:
        """Let one more request through, or raise SuspendedError for the run or RunError for the episode."""
        self.check_run()
        location = LOCATION.get()
        if location is not None:
            self.check_episode(location.episode)

    def check_run(self) -> None:
        """Raise SuspendedError when the run has reached a limit or was asked to stop."""
        totals, limits = self.totals, self.limits
        for limit, used, most, unit in (
            ("cost", totals.cost, limits.run_cost, "dollars"),
            ("tokens", totals.tokens_in + totals.tokens_out, limits.run_tokens, "tokens"),
            ("time", self.seconds, limits.run_seconds, "seconds"),
        ):
            if most is not None and used >= most:
                self.stop(f"limit reached: {used:,.6g} of {most:,.6g} {unit}", limit=limit)
        if limits.run_cost is not None and totals.unpriced > self._unpriced:
            self.stop("the cost of an answer is unknown (its tokens were not told), so none can be held", limit="cost")
        if self.stopped is not None:
            raise self.stopped

    def check_episode(self, episode: int) -> None:
        """Raise RunError when ``episode`` has reached a limit of its own."""
        use, most = self._episodes.get(episode), self.limits.episode_tokens
        if use is not None and most is not None and use.tokens >= most:
            raise RunError(f"episode limit reached: {use.tokens:,} of {most:,} tokens", blame="us", kind="limit_tokens")
        self.check_time(episode)

    def check_time(self, episode: int) -> None:
        """Raise RunError when ``episode`` has been played for as long as it may, in this session."""
        if self._episode_left(episode) <= 0:
            raise self._episode_over()

    def time_left(self, episode: int, *, run: bool = True) -> float:
        """Return the seconds left to ``episode``: of its own time and, with ``run``, of the run's; inf for no limit."""
        return min(self._episode_left(episode), self._run_left() if run else math.inf)

    def out_of_time(self, episode: int, *, run: bool = True) -> SuspendedError | RunError:
        """Return what ends a turn in which the time of `time_left` has run out: the limit that came first."""
        if not run or self._episode_left(episode) < self._run_left():
            return self._episode_over()
        most = self.limits.run_seconds
        self.stop(f"limit reached: {self.seconds:,.6g} of {most:,.6g} seconds", limit="time")
        return self.stopped or self._episode_over()

    def _episode_left(self, episode: int) -> float:
        use, longest = self._episodes.get(episode), self.limits.episode_seconds
        return math.inf if use is None or longest is None else longest - (self._clock() - use.begun)

    def _run_left(self) -> float:
        return math.inf if self.limits.run_seconds is None else self.limits.run_seconds - self.seconds

    def _episode_over(self) -> RunError:
        longest = self.limits.episode_seconds
        return RunError(f"episode limit reached: {longest:g} seconds", blame="us", kind="limit_time")


def added(totals: Totals, call: ModelCall) -> Totals:
    """Return ``totals`` with ``call``. A failed request counts what its server said it used."""
    if call.replayed:
        return totals.model_copy(update={"replayed": totals.replayed + 1})
    tokens_in, tokens_out = _tokens(call)
    cached = call.usage.tokens_cached or 0 if call.usage else 0
    changes = {
        "calls": totals.calls + 1,
        "failed": totals.failed + (call.failure is not None),
        "tokens_in": totals.tokens_in + tokens_in,
        "tokens_cached": totals.tokens_cached + cached,
        "tokens_out": totals.tokens_out + tokens_out,
        "cost": totals.cost + (call.cost or 0.0),
        "unpriced": totals.unpriced + (call.cost is None and call.failure is None),
    }
    return totals.model_copy(update=changes)


def _tokens(call: ModelCall) -> tuple[int, int]:
    usage = call.usage
    return (usage.tokens_in or 0, usage.tokens_out or 0) if usage else (0, 0)
