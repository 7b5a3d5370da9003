from __future__ import annotations

import asyncio

import pytest

from empa_graph.errors import ContentError, SuspendedError
from empa_graph.store.ledger import Store
from empa_graph.store.writer import AsyncWriter
from tests.records import run
from tests.store_parts import begun, filled, turn


async def test_what_was_added_is_durable_when_the_adder_goes_on(url: str):
    with Store.create(url, run()) as store, Store.open(url) as reader:
        writer = AsyncWriter(store.append)
        await writer.add(turn(0, 1))
        assert reader.turns(0) == (turn(0, 1),)
        await writer.aclose()


async def test_many_adders_share_few_transactions(url: str):
    with Store.create(url, run()) as store:
        writer = AsyncWriter(store.append)
        seen: list[int] = []

        async def add(number: int) -> None:
            await writer.add(turn(number, 1))
            seen.append(len(begun(store)))

        await asyncio.gather(*(add(number) for number in range(60)))
        await writer.aclose()
        assert len(set(seen)) < 30
        assert begun(store) == set(range(60))


async def test_an_entry_that_does_not_fit_fails_its_own_adder_only(url: str):
    with filled(url) as store:
        writer = AsyncWriter(store.append)
        adds = [writer.add(turn(number, at)) for number, at in ((5, 1), (0, 9), (1, 2), (6, 2))]
        results = await asyncio.gather(*adds, return_exceptions=True)
        await writer.aclose()
        assert [type(result) for result in results] == [type(None), ContentError, type(None), ContentError]
        assert begun(store) == {1, 5}
        assert store.verify().faults == ()


async def test_a_store_that_fails_is_told_to_every_adder(url: str):
    store = filled(url)
    writer = AsyncWriter(store.append)
    with store._base.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE turns")
    results = await asyncio.gather(*(writer.add(turn(n, 1)) for n in (5, 6, 7)), return_exceptions=True)
    await writer.aclose()
    store.close()
    assert [type(result) for result in results] == [SuspendedError] * 3
    assert {result.limit for result in results if isinstance(result, SuspendedError)} == {"store"}


async def test_closing_writes_what_waits_and_takes_no_more(url: str):
    with Store.create(url, run()) as store:
        writer = AsyncWriter(store.append)
        adders = [asyncio.create_task(writer.add(turn(number, 1))) for number in range(20)]
        await asyncio.sleep(0)
        await writer.aclose()
        await asyncio.gather(*adders)
        assert begun(store) == set(range(20))
        with pytest.raises(SuspendedError, match="the store is closed"):
            await writer.add(turn(99, 1))


async def test_an_adder_that_is_cancelled_does_not_hold_up_the_others(url: str):
    with Store.create(url, run()) as store:
        writer = AsyncWriter(store.append)
        tasks = [asyncio.create_task(writer.add(turn(number, 1))) for number in range(5)]
        await asyncio.sleep(0)
        tasks[2].cancel()
        done = await asyncio.gather(*tasks, return_exceptions=True)
        await writer.aclose()
        assert isinstance(done[2], asyncio.CancelledError)
        assert begun(store) == set(range(5))
