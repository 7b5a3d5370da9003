"""The connection between a driver and a worker, over loopback."""

from __future__ import annotations

import asyncio
import pickle
import secrets
from pathlib import Path

import pytest

from empa_graph.run.cluster.messages import Reply
from empa_graph.run.cluster.wire import SECRET, SIZE, Listener, Wire, call

HOST = "127.0.0.1"


async def cut_off(wire: Wire) -> bool:
    with pytest.raises((OSError, EOFError)):
        await asyncio.wait_for(wire.receive(), timeout=20)
    return True


async def test_messages_go_both_ways_in_order_whatever_their_size():
    async with Listener().at(HOST) as listener:
        place, called = listener.expect()
        there = await call(place)
        here = await called
        sent = [[Reply(1)], [Reply(2, "x" * 500_000), Reply(3, error=ValueError("no"))], []]
        for message in sent[:2]:
            here.send(message)
        assert await there.receive() == sent[0]
        large = await there.receive()
        assert large[0] == sent[1][0] and str(large[1].error) == "no"
        there.send(sent[2])
        assert await here.receive() == []
        there.close(), here.close()


async def test_each_worker_gets_the_wire_of_its_own_secret():
    async with Listener().at(HOST) as listener:
        (one, one_called), (two, two_called) = listener.expect(), listener.expect()
        second, first = await call(two), await call(one)
        first.send("first"), second.send("second")
        assert await (await one_called).receive() == "first"
        assert await (await two_called).receive() == "second"
        for wire in (first, second, one_called.result(), two_called.result()):
            wire.close()


class Trap:
    """Makes a file when it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.file,)


async def test_nothing_is_unpickled_from_who_does_not_know_the_secret(tmp_path: Path):
    async with Listener().at(HOST) as listener:
        place, called = listener.expect()
        trap = pickle.dumps(Trap(tmp_path / "sprung"))
        stranger = await call(place._replace(secret=secrets.token_bytes(SECRET) + SIZE.pack(len(trap)) + trap))
        assert await cut_off(stranger) and not called.done()
        stranger.close()
        known = await call(place)
        known.send("here")
        assert await (await called).receive() == "here"
        assert not (tmp_path / "sprung").exists()
        known.close(), called.result().close()


async def test_a_secret_is_good_for_one_connection_and_for_none_once_it_was_given_up():
    async with Listener().at(HOST) as listener:
        place, called = listener.expect()
        first = await call(place)
        wire = await called
        again = await call(place)
        assert await cut_off(again)
        given_up, waiting = listener.expect()
        waiting.cancel()
        late = await call(given_up)
        assert await cut_off(late)
        for each in (first, wire, again, late):
            each.close()


async def test_the_end_of_one_side_is_heard_by_the_other_and_what_is_sent_then_is_lost():
    async with Listener().at(HOST) as listener:
        place, called = listener.expect()
        there = await call(place)
        here = await called
        there.send("last")
        there.close()
        assert await here.receive() == "last"
        assert await cut_off(here)
        here.close()
        here.send("to nobody")


async def test_a_driver_that_does_not_listen_is_out_of_reach():
    async with Listener().at(HOST) as listener:
        place, called = listener.expect()
        called.cancel()
    with pytest.raises(OSError):
        await call(place)
