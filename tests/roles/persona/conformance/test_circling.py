"""Loops, changes of language and turned roles, and the faithful wordings that look like them."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import pytest

from empa_graph.content.library import find_scenarios
from empa_graph.roles.persona.conformance import Wording, conformance

ROOT = Path(__file__).parents[4]
DATA = ROOT / "tests" / "data" / "voice"
(NURSE,) = find_scenarios(["night_nurse/unload_shift"])
LINE = "Thirteen hours with one break, and the break was a banana standing up."
SAD = "I miss her. The house is quiet."
ASKS = "And yourself, do you sit up every night?"


def found(said: str, line: str = LINE, *, heard: str = "How was the shift?") -> str:
    finding = conformance(Wording(said, line, "elaborate", NURSE, heard))
    return finding.kind if finding else ""


@pytest.mark.parametrize(
    ("said", "line", "kind"),
    [
        ("Thirteen hours with one break, thirteen hours with one break, a banana standing.", LINE, "repetition"),
        ("The house is quiet. The house is quiet. I miss her. The house is quiet.", SAD, "repetition"),
        ("I miss her and miss her and miss her and miss her.", SAD, "repetition"),
        ("Thirteen hours with one break, och, y ahora no tengo nada que decir.", LINE, "language"),
        ("Ich vermisse sie. The house is quiet.", SAD, "language"),
        ("그녀가 보고 싶습니다. The house is quiet.", SAD, "language"),
        ("I miss her. Did you ever lose somebody?", SAD, "reversal"),
        ("I miss her. You must be tired too.", SAD, "reversal"),
        ("I miss her. Take your time, there's no hurry.", SAD, "reversal"),
    ],
)
def test_what_circles_switches_or_turns_round_is_found(said: str, line: str, kind: str) -> None:
    assert found(said, line) == kind


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ("I miss her. I miss her. The house is quiet.", SAD),
        ("The house is quiet, so quiet. I miss her.", SAD),
        ("I miss her, a chroí. The house is quiet.", SAD),
        ("I miss her, you know? The house is quiet.", SAD),
        ("And you, do you sit up every night?", ASKS),
    ],
)
def test_who_says_a_thing_twice_drops_a_word_of_home_or_asks_what_the_line_asks_is_heard(said: str, line: str) -> None:
    assert found(said, line) == ""


def test_most_examples_are_told_apart() -> None:
    bench: dict[str, Any] = runpy.run_path(str(ROOT / "benchmarks" / "voice_breaches.py"))
    kinds = bench["caught"](bench["of_file"](DATA / "loops_switches_reversals.jsonl"))
    assert {kind: len(rows) for kind, rows in kinds.items()} == dict.fromkeys(
        ("repetition_loop", "language_switch", "role_reversal"), 40
    )
    assert {kind: bench["share"](rows) for kind, rows in kinds.items() if bench["share"](rows) < 0.9} == {}
    alike = list(bench["of_file"](DATA / "lookalikes.jsonl"))
    assert len(alike) == 40
    assert [row.said for row in alike if row.found and row.found.kind in {"repetition", "language", "reversal"}] == []
