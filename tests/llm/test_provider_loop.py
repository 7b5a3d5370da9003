from __future__ import annotations

import asyncio
import threading

import pytest

from empa_graph.llm.provider_loop import ProviderLoop, provider_loop


class Client:
    def __init__(self) -> None:
        self.closed_in: list[str] = []

    async def close(self) -> None:
        self.closed_in.append(threading.current_thread().name)


class BrokenClient:
    async def aclose(self) -> None:
        raise RuntimeError("cannot be closed")


class Model:
    def __init__(self) -> None:
        self.broken, self.client, self.name = BrokenClient(), Client(), "m"

    async def where(self) -> str:
        return threading.current_thread().name


def test_every_event_loop_asks_in_the_same_one():
    model, loop = Model(), provider_loop()
    assert {asyncio.run(loop.ask(model, model.where())) for _ in range(2)} == {"empa-providers"}
    assert provider_loop() is loop


async def test_what_is_raised_there_arrives_here_and_a_cancellation_arrives_there():
    loop, model, stopped = ProviderLoop(), Model(), threading.Event()

    async def wait() -> None:
        try:
            await asyncio.sleep(30)
        finally:
            stopped.set()

    with pytest.raises(RuntimeError, match="cannot be closed"):
        await loop.ask(model, model.broken.aclose())
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(loop.ask(model, wait()), 0.05)
    assert stopped.wait(5)
    loop.close()


def test_clients_are_closed_where_they_were_used_even_beside_one_that_cannot_be():
    loop, model = ProviderLoop(), Model()
    for _ in range(2):
        asyncio.run(loop.ask(model, model.where()))
    loop.close()
    assert model.client.closed_in == ["empa-providers"]
