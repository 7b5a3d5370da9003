"""A chat inside a run: answered from the cache where it can be, counted, priced, limited, and durable when it returns.

Rule: no answer is given to a role before it is kept, so that nothing answered is paid for twice.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager, suppress
from typing import NamedTuple

from pydantic import BaseModel, ValidationError

from empa_graph.errors import ProviderError, RunError, TransientError
from empa_graph.llm.alone import Alone
from empa_graph.llm.around import ChatAround
from empa_graph.llm.chat import Chat, Completion, Prompt
from empa_graph.llm.fingerprint import Parameter, asked_with, prompt_hash, request_key, shown_model
from empa_graph.llm.limiter import Slots
from empa_graph.llm.location import LOCATION, Location, Meter
from empa_graph.llm.prices import Prices
from empa_graph.models.dialogue import Usage
from empa_graph.models.turn_record import ModelCall

GRACE = 5.0
"""Seconds that a cancelled call waits at most for what it has to keep."""


class _Question(NamedTuple):
    """One request: what is sent, from where in the run, and the name it is kept under."""

    prompts: Sequence[Prompt]
    schema: type[BaseModel] | None
    tools: Sequence[type[BaseModel]]
    seed: int | None
    given: dict[str, Parameter]
    location: Location
    hash: str
    key: str


class _Outcome(NamedTuple):
    """How a request ended: with an ``answer``, or with the kind of a ``failure``."""

    attempt: int
    latency: float
    answer: Completion | None = None
    failure: str | None = None
    usage: Usage | None = None
    replayed: bool = False


class MeteredChat(ChatAround):
    """Ask ``chat`` for the role ``role`` of a run; outside a run (no `LOCATION`) it only passes on.

    ``offline`` True sends nothing: what is not in the cache is a RunError of kind "not_cached". ``alone`` lets one
    request of a key through at a time, where other processes ask too.
    """

    def __init__(
        self,
        chat: Chat,
        *,
        role: str,
        meter: Meter,
        limiter: Slots,
        prices: Prices,
        offline: bool = False,
        alone: Callable[[str], AbstractAsyncContextManager[None]] | None = None,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        super().__init__(chat)
        self._role = role
        self._meter = meter
        self._limiter = limiter
        self._prices = prices
        self._offline = offline
        self._clock = clock
        self._attempts: Counter[str] = Counter()
        self._alone = alone or Alone()

    async def complete(
        self,
        prompts: Sequence[Prompt],
        *,
        schema: type[BaseModel] | None = None,
        tools: Sequence[type[BaseModel]] = (),
        seed: int | None = None,
    ) -> Completion:
        """Answer ``prompts``; every request is kept, answered or not, before this returns or raises.

        Raises what the chat raises, and SuspendedError or RunError when the meter allows no further request.
        """
        location = LOCATION.get()
        if location is None:
            return await self._chat.complete(prompts, schema=schema, tools=tools, seed=seed)
        sent = prompt_hash(prompts, schema=schema, tools=tools)
        given = asked_with(self._chat, seed)
        key = request_key(self._chat, sent, given=given, repeat=location.repeat)
        asked = _Question(prompts, schema, tools, seed, given, location, sent, key)
        # Variants begin with the same words: the second of two equal requests waits for the first and is replayed.
        async with self._alone(key):
            kept = await self._meter.answered(key)
            if kept is not None:
                return await self._replayed(asked, kept)
            if self._offline:
                raise RunError(f"no kept answer to this request to '{self.name}'", blame="us", kind="not_cached")
            try:
                async with self._limiter.slot(allow=lambda: self._meter.allow(self.endpoint)):
                    return await self._answered(asked)
            except TransientError as error:
                # The queue holds the next request back for as long, and can be stopped meanwhile.
                error.retry_after = 0.0
                raise

    async def probe(self) -> str | None:
        """Return the hint of the chat, if it has one; nothing is asked of a server while offline."""
        return None if self._offline else await super().probe()

    async def _replayed(self, asked: _Question, kept: str) -> Completion:
        try:
            answer = Completion.model_validate_json(kept)
        except ValidationError as error:
            detail = f"the kept answer of '{self.name}' cannot be read (another version, or damaged)"
            raise RunError(detail, blame="us", kind="cache_unreadable") from error
        await self._keep(asked, _Outcome(1, 0.0, answer, replayed=True, usage=answer.usage))
        return answer

    async def _answered(self, asked: _Question) -> Completion:
        self._attempts[asked.key] += 1
        attempt, begun = self._attempts[asked.key], self._clock()
        try:
            answer = await self._chat.complete(asked.prompts, schema=asked.schema, tools=asked.tools, seed=asked.seed)
        except ProviderError as error:
            await self._keep(asked, _Outcome(attempt, self._clock() - begun, failure=error.kind, usage=error.usage))
            raise
        except asyncio.CancelledError:
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE):
                    await self._keep(asked, _Outcome(attempt, self._clock() - begun, failure="cancelled"))
            raise
        await self._keep(asked, _Outcome(attempt, self._clock() - begun, answer, usage=answer.usage))
        del self._attempts[asked.key]
        return answer

    async def _keep(self, asked: _Question, outcome: _Outcome) -> None:
        """Hand the call to the meter; a cancellation meanwhile waits for it, since an answer is paid for."""
        call, answer = self._call(asked, outcome), outcome.answer
        fresh = answer is not None and not outcome.replayed
        keeping = asyncio.ensure_future(
            self._meter.keep(call, key=asked.key, answer=answer.model_dump_json())
            if fresh and answer is not None
            else self._meter.keep(call)
        )
        try:
            await asyncio.shield(keeping)
        except asyncio.CancelledError:
            await asyncio.wait([keeping], timeout=GRACE)
            if not keeping.done():
                keeping.cancel()
            raise

    def _call(self, asked: _Question, outcome: _Outcome) -> ModelCall:
        answer = outcome.answer
        usage = outcome.usage
        paid = None if answer is None and usage is None else self._prices.cost(self.name, usage, endpoint=self.endpoint)
        return ModelCall(
            episode=asked.location.episode,
            turn=asked.location.turn,
            role=self._role,
            model=shown_model(self.name),
            endpoint=self.endpoint,
            answered_by=answer.model if answer else None,
            parameters=_sent_with(asked.given, answer),
            prompt_hash=asked.hash,
            prompt_characters=sum(len(prompt.content) for prompt in asked.prompts),
            usage=usage and usage.model_copy(update={"note": None}),
            latency=max(0.0, outcome.latency),
            attempt=outcome.attempt,
            cost=0.0 if outcome.replayed else paid,
            finish_reason=answer.finish_reason if answer else None,
            failure=outcome.failure,
            replayed=outcome.replayed,
        )


def _sent_with(given: dict[str, Parameter], answer: Completion | None) -> dict[str, Parameter]:
    """Return the parameters of a request; of one that was answered without some, None for these and their names."""
    if answer is None or not answer.left_out:
        return given
    return {**given, **{name: None for name in answer.left_out if name in given}, "left_out": ",".join(answer.left_out)}
