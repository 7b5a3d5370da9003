from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from empa_graph.errors import UsageError
from empa_graph.store.ledger import Store
from tests.records import run
from tests.store_parts import turn

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from empa_graph.store.ledger import Store
from tests.store_parts import turn

store = Store.open(sys.argv[1], writing=True)
for at in range(1, 1_000_000):
    store.append([turn(number, at) for number in range(3)])
    print(at, flush=True)
"""


def writing(url: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, url],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None and process.stdout.readline() == "1\n"
    return process


def killed(process: subprocess.Popen[str]) -> int:
    """Kill the writer in the middle of its work and return the last turn that it was told is durable."""
    assert process.stdout is not None
    for _ in range(20):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    lines = [line for line in process.stdout.read().split("\n") if line]
    process.stdout.close()
    return int(lines[-1]) if lines else 21


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
