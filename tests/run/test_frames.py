"""Outcomes as frames of pandas and of polars: one row an episode, the same values, nothing where there is no number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from empa_graph import RunConfig, evaluate
from empa_graph.errors import NotFoundError
from empa_graph.run.result import framed
from empa_graph.store.tables import EpisodeOutcome
from tests.forked import started

SCORED = EpisodeOutcome(0, "a/b", "x", "baseline", 0, 2**40, "converged", 3, 62.5, 0.5, 0.25, 0.75, 1.0, None, None)
UNSCORED = EpisodeOutcome(
    1, "a/\u202ec", "=x", "baseline", 1, -1, "failed", 0, None, None, None, None, None, None, "timeout"
)


def rows(frame: Any) -> list[dict[str, Any]]:
    """Return the rows of a frame of either kind, None for what is absent."""
    if hasattr(frame, "to_dicts"):
        return list(frame.to_dicts())
    absent = frame.isna()
    return [
        {name: None if absent[name][n] else value for name, value in row.items()}
        for n, row in enumerate(frame.to_dict("records"))
    ]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_a_row_is_an_outcome_and_what_has_no_number_is_null(kind: str):
    pytest.importorskip(kind, reason="its extra is not installed")
    assert rows(framed([SCORED, UNSCORED], kind)) == [SCORED._asdict(), UNSCORED._asdict()]
    assert rows(framed([UNSCORED], kind)) == [UNSCORED._asdict()]


@pytest.mark.parametrize("kind", ["pandas", "polars"])
def test_columns_have_their_types_whatever_they_hold(kind: str):
    pytest.importorskip(kind, reason="its extra is not installed")
    frames = [framed(held, kind) for held in ([], [UNSCORED], [SCORED])]
    types = [{name: str(frame[name].dtype).lower() for name in EpisodeOutcome._fields} for frame in frames]
    assert types[0] == types[1] == types[2]
    assert (types[0]["composite"], types[0]["seed"]) == ("float64", "int64")


def test_both_hold_what_the_run_came_to(tmp_path: Path):
    pytest.importorskip("pandas", reason="the frame extra is not installed")
    pytest.importorskip("polars", reason="the polars extra is not installed")
    suite = {"scenarios": "exam_student", "max_turns": 3, "repeats": 2}
    result = evaluate(RunConfig(agent={"spec": "scripted:expert"}, suite=suite, store={"out": tmp_path / "run"}))
    one, other = result.to_frame(), result.to_frame("polars")
    assert rows(one) == rows(other) and len(one) == 6
    assert list(one["composite"]) == [e.score.composite for e in result.episodes if e.score]
    mean = one.groupby("scenario")["composite"].mean().mean()
    assert mean == pytest.approx(result.summary.variants[0].metrics["composite"].mean)


def test_another_kind_is_told_with_the_nearest_name():
    with pytest.raises(NotFoundError, match=r"'polar'.*polars"):
        framed([], "polar")


@pytest.mark.parametrize(("kind", "extra"), [("pandas", "frame"), ("polars", "polars")])
def test_without_its_package_the_command_that_installs_it_is_named(kind: str, extra: str):
    code = (
        "import importlib.util as util\n"
        "find = util.find_spec\n"
        f"util.find_spec = lambda name, package=None: None if name == {kind!r} else find(name, package)\n"
        "from empa_graph.run.result import framed\n"
        f"try: framed([], {kind!r})\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    said = started(exec, code, {}).ended().out
    assert said.strip() == f"MissingExtraError to_frame('{kind}') needs {kind}: pip install 'empa-graph[{extra}]'"


def test_neither_is_imported_before_it_is_asked_for():
    code = "import sys, empa_graph.run.result\nprint(sorted({'pandas', 'polars'} & set(sys.modules)))\n"
    assert started(exec, code, {}).ended().out.strip() == "[]"
