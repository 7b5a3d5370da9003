"""The figures of docs/persona.md: how many breaches are caught, and how many faithful wordings are refused."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[4]
DATA = ROOT / "tests" / "data" / "voice"


@pytest.fixture(scope="module")
def bench() -> dict[str, Any]:
    return runpy.run_path(str(ROOT / "benchmarks" / "voice_breaches.py"))


def test_breaches_of_every_known_kind_are_caught(bench: dict[str, Any]) -> None:
    kinds = bench["caught"](bench["of_file"](DATA / "known.jsonl"))
    rows = [row for kind in kinds.values() for row in kind]
    assert len(rows) > 400 and len(kinds) == 20
    assert bench["share"](rows) >= 0.97
    assert {kind: bench["share"](of) for kind, of in kinds.items() if bench["share"](of) < 0.85} == {}


def test_faithful_wordings_are_spoken(bench: dict[str, Any]) -> None:
    rows = list(bench["of_file"](DATA / "faithful.jsonl"))
    assert len(rows) > 200 and bench["share"](rows) <= 0.02


def test_every_line_of_every_card_may_be_spoken_as_it_stands(bench: dict[str, Any]) -> None:
    rows = list(bench["of_cards"]())
    assert len(rows) > 1_000 and bench["share"](rows) <= 0.005


def test_what_people_in_need_write_is_seldom_refused_by_the_checks_without_a_card(bench: dict[str, Any]) -> None:
    said = [row.said for row in bench["of_file"](DATA / "faithful.jsonl")]
    assert [text for text in said if bench["person_alone"](text)] == []
