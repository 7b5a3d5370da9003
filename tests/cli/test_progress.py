from __future__ import annotations

from empa_graph.cli.progress import spaced
from empa_graph.models.run import Planned
from empa_graph.run.schedule import Progress
from tests.records import episode

PLANNED = Planned(scenario="a/b", variant="baseline", repeat=0, seed=0)


def told(total: int, seconds: float) -> list[str]:
    """Return the lines for ``total`` episodes of two turns, one every so many ``seconds``."""
    now = [0.0]
    lines: list[str] = []
    watch = spaced(total, lambda: "$1.00", say=lines.append, clock=lambda: now[0])
    for _ in range(total):
        now[0] += seconds
        watch(Progress(PLANNED, 1))
        watch(Progress(PLANNED, 2, episode()))
    return lines


def test_slow_episodes_are_told_at_every_tenth_but_the_last():
    assert told(20, 60.0) == [f"empa: {ended} of 20 episodes, $1.00" for ended in range(2, 20, 2)]


def test_fast_episodes_are_told_every_ten_seconds():
    assert [line.split()[1] for line in told(100, 0.5)] == ["20", "40", "60", "80"]


def test_a_run_that_is_over_at_once_says_nothing():
    assert told(100, 0.01) == []
