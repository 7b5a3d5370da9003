"""What the page on live conversations shows is run, and what it says of names and numbers holds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from empa_graph.live.monitor import Judging
from empa_graph.live.records import STANDARD, Signal
from empa_graph.live.tracker import MOST_PENDING
from empa_graph.live.webhook import ATTEMPTS

PAGE = (Path(__file__).parent.parent / "docs" / "live.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_the_examples_run_one_after_another_and_each_shows_something(capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {"__name__": "page"}
    for code in BLOCKS:
        exec(compile(code, "live.md", "exec", dont_inherit=True), names)
        assert capsys.readouterr().out.strip(), code
    assert len(BLOCKS) == 3


def test_the_page_names_every_signal_and_every_standard_rule() -> None:
    for name in (*get_args(Signal), *(rule.id for rule in STANDARD)):
        assert f"`{name}`" in PAGE


def test_the_page_says_the_limits_as_they_are() -> None:
    assert (MOST_PENDING, Judging().failures, ATTEMPTS) == (8, 3, 3)
    for said in ("At most nine turns wait", "Judging(failures=3)", "tried three times"):
        assert said in PAGE
