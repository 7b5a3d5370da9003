from __future__ import annotations

import time

import pytest

from empa_graph.errors import UsageError
from empa_graph.store.ledger import Store
from tests.forked import Running, started
from tests.records import run
from tests.store_parts import turn, write

pytestmark = pytest.mark.slow


def writing(url: str) -> Running:
    process = started(write, url)
    process.until(process.said)
    return process


def killed(process: Running) -> int:
    """Kill the writer in the middle of its work and return the last turn that it was told is durable."""
    process.until(lambda: process.said().count("\n") > 20)
    process.process.kill()
    return int(process.ended().out.split("\n")[-2])


def reopened(url: str) -> Store:
    """Open for writing; a server takes a moment to see that the writer is gone."""
    for _ in range(100):
        try:
            return Store.open(url, writing=True)
        except UsageError:
            time.sleep(0.05)
    return Store.open(url, writing=True)


def test_a_killed_writer_loses_nothing_that_was_durable_and_the_run_goes_on(url: str):
    Store.create(url, run()).close()
    told = killed(writing(url))
    with reopened(url) as store:
        stored = len(store.turns(0))
        assert stored >= told
        assert {len(store.turns(number)) for number in range(3)} == {stored}
        assert (store.verify().faults, store.verify().sealed) == ((), False)
        store.append([turn(0, stored + 1)])
        assert store.verify().faults == ()


def test_another_process_that_writes_keeps_this_one_out_until_it_dies(url: str):
    Store.create(url, run()).close()
    process = writing(url)
    try:
        with pytest.raises(UsageError, match="another process is writing"):
            Store.open(url, writing=True)
        with Store.open(url) as reader:
            assert reader.turns(0)
    finally:
        killed(process)
    reopened(url).close()
