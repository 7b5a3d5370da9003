"""benchmarks/gaming.py: what it makes of its plays."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = str(Path(__file__).parents[1] / "benchmarks")


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(BENCHMARKS)
    yield import_module("attack_plays"), import_module("gaming_tables")
    for name in [
        name for name, module in sys.modules.items() if str(getattr(module, "__file__", "")).startswith(BENCHMARKS)
    ]:
        del sys.modules[name]


def test_a_row_has_the_mean_its_interval_and_its_share_of_the_expert(made: Any) -> None:
    plays, tables = made
    found = [
        plays.Played(f"person_{n}/goal", n == 0, value, 0.5, 0.4, 1.0, ending, 6)
        for n, (value, ending) in enumerate([(10.0, "converged"), (20.0, "left"), (60.0, "left")])
    ]
    row = tables.row("script", found, 90.0)
    assert (row["composite"], row["of_expert"]) == pytest.approx((30.0, 1 / 3))
    assert 0.0 <= row["low"] < 30.0 < row["high"] <= 100.0
    assert (row["reached"], row["crises_reached"], row["crisis"], row["other"]) == (1, 1, 10.0, 40.0)
    assert "no attack reaches half" in tables.verdict(
        [{"agent": "expert", "composite": 90.0, "of_expert": 1.0}, row], ["script"]
    )
