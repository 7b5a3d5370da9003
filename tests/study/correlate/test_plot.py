from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.errors import MissingExtraError, UsageError
from empa_graph.scoring.calibration import Bin
from empa_graph.scoring.correlation import Association, Correlation
from empa_graph.scoring.raters import Ceiling
from empa_graph.study.correlate.agreement import Agreement, Curve
from empa_graph.study.correlate.plot import agreement_figure, check_plot, save

pytest.importorskip("matplotlib")
R = Correlation(0.4, 0.2, 0.6, "bootstrap")
HOSTILE = "$x_{</text><script>\x1b[2J"
AGREED = [Agreement(name, HOSTILE, Association(9, 9, R, R, None, None), {}) for name in ("composite", "$\\frac")]
CURVES = [Curve("composite", HOSTILE, (Bin(5, 1.0, 2.0, 1.5, 2.5), Bin(1, 2.0, 3.0, None, None)))]
RATERS = {HOSTILE: Ceiling(2, 9, R, R, 0.5, None)}


def test_a_row_per_rating_with_the_metrics_the_raters_and_the_parts():
    bars, tenths = agreement_figure(AGREED, CURVES, RATERS, "cues, 9 rows").axes
    assert [label.get_text() for label in bars.get_yticklabels()] == ["\\$\\frac", "composite"]
    assert [list(line.get_xdata()) for line in tenths.get_lines()] == [[1.0, 2.0], [1.0, 1.0]]


@pytest.mark.parametrize("suffix", [".svg", ".png"])
def test_hostile_names_are_drawn_as_they_stand_and_the_same_figure_is_the_same_file(tmp_path: Path, suffix: str):
    one, two = tmp_path / f"one{suffix}", tmp_path / f"two{suffix}"
    for file in (one, two):
        save(agreement_figure(AGREED, CURVES, RATERS, HOSTILE), file)
    assert one.read_bytes() == two.read_bytes() and one.stat().st_size > 1_000
    assert b"<script" not in one.read_bytes() and b"\x1b[2J" not in one.read_bytes()


def test_nothing_to_draw_is_an_empty_picture():
    assert agreement_figure([], [], {}, "nothing").axes


def test_another_kind_of_file_and_a_missing_folder_are_one_line(tmp_path: Path):
    with pytest.raises(UsageError, match=r"--out: 'x.jpg' is no .svg or .png file"):
        check_plot(tmp_path / "x.jpg")
    with pytest.raises(UsageError, match="cannot be written"):
        save(agreement_figure([], [], {}, ""), tmp_path / "none" / "x.svg")


def test_without_matplotlib_the_command_that_installs_it_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(__import__("sys").modules, "matplotlib.figure", None)
    with pytest.raises(MissingExtraError, match=r"empa-graph\[report\]"):
        check_plot(tmp_path / "x.svg")
