"""docs/distill.md: its figures are those that the benchmark prints, and every cause and kind stands there."""

from __future__ import annotations

import re
from itertools import chain
from pathlib import Path

import pytest

from empa_graph.distill.model_marks import CAUSES as REFUSED
from empa_graph.distill.records import CAUSES, KINDS
from empa_graph.distill.redact import finders

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "distill.md").read_text(encoding="utf-8")


def test_every_cause_and_every_kind_is_told():
    assert [cause for cause in CAUSES if f"`{cause}`" not in PAGE] == []
    assert [kind for kind in KINDS if f"`[{kind} " not in PAGE] == []
    assert [cause for cause in REFUSED if f"| `{cause}` |" not in PAGE] == []


@pytest.mark.parametrize("extra", [False, True])
def test_the_figures_are_those_of_the_benchmark(extra: bool, monkeypatch: pytest.MonkeyPatch):
    if extra:
        pytest.importorskip("presidio_analyzer")
    pytest.importorskip("faker")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import redaction

    told = "\n".join(redaction.lines(redaction.outcomes(redaction.messages("reporting"), finders(extra=extra))))
    pattern = r"^\| (name|place|organisation|all|precision)[^|]* \| (\d[^|]+) \| (\d[^|]+) \|$"
    rows = re.findall(pattern, PAGE, re.MULTILINE)
    assert len(rows) == 5
    for kind, *columns in rows:
        line = next(line for line in told.splitlines() if re.match(rf"\s+(?:recall )?{kind} ", line))
        assert line.split(maxsplit=1 if kind == "precision" else 2)[-1] == columns[extra]


def test_no_message_stands_twice_and_every_mark_is_around_words(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("faker")
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import redaction

    said = [*chain(*map(redaction.messages, ("tuning", "reporting")))]
    assert len({each.text for each in said}) == len(said) == 545
    assert sum(bool(each.spans) for each in said) == 326
    for each in said:
        for span in each.spans:
            words = each.text[span.start : span.end]
            assert words and words == words.strip()


def test_its_links_lead_somewhere():
    links = re.findall(r"\]\(([\w.-]+\.md)\)", PAGE)
    assert [link for link in links if not (ROOT / "docs" / link).is_file()] == []
