"""The loads of the timing benchmarks play to their last turn, whatever people and rules do."""

from __future__ import annotations

import argparse
import asyncio
import importlib
from pathlib import Path
from types import ModuleType

import pytest

from empa_graph import find_scenarios
from empa_graph.roles import make
from empa_graph.roles.persona.rule_persona import RulePersona

FOLDER = Path(__file__).parents[1] / "benchmarks"
pytestmark = pytest.mark.slow


def benchmark(name: str, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setattr(make, "RulePersona", RulePersona)  # a benchmark puts another one there
    return importlib.import_module(name)


def test_a_long_scripted_episode_plays_every_turn_of_the_growth(monkeypatch: pytest.MonkeyPatch):
    throughput = benchmark("throughput", monkeypatch)
    assert throughput._scripted(100, 0)["late"] > 0.0


def test_the_sandbox_with_cues_plays_as_long_as_the_bare_graph(monkeypatch: pytest.MonkeyPatch):
    overhead = benchmark("graph_overhead", monkeypatch)
    plays = overhead.plays(find_scenarios(["exam_student/reduce_stress"])[0])
    for play in plays.values():
        stamps: list[float] = []
        asyncio.run(play(100, stamps))
        assert len(stamps) == 102


def test_enough_turns_are_played_for_the_window_that_measures_workers(monkeypatch: pytest.MonkeyPatch):
    cluster = benchmark("cluster", monkeypatch)
    figures = cluster.measured("asyncio", argparse.Namespace(store=None, repeats=1, turns=10))
    assert figures["turns_per_s"] > 0.0
