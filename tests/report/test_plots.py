from __future__ import annotations

import pytest

from empa_graph.models.failure import Failure
from empa_graph.models.latent import Step
from empa_graph.report.plots import trajectory_figure
from tests.forked import started
from tests.records import episode

pytest.importorskip("matplotlib")
MISSING = Step(turn=2, increment=None, failure=Failure(turn=2, blame="evaluator", kind="judge_invalid", detail="prose"))


def test_each_dimension_has_its_path_and_its_target():
    axes = trajectory_figure(episode()).axes[0]
    lines = {str(line.get_label()): line for line in axes.get_lines()}
    assert list(lines["calm"].get_ydata()) == [0.0, 0.1]
    assert list(lines["trust"].get_ydata()) == [0.0, 0.0]
    dashed = [line.get_ydata()[0] for line in axes.get_lines() if line.get_linestyle() == "--"]
    assert dashed == [0.6, 0.2]


def test_a_missing_judgement_leaves_a_gap_in_the_turns():
    latent = episode().latent.extended(MISSING).extended(Step(turn=3, increment=(0.1, 0.1)))
    calm = trajectory_figure(episode(latent=latent)).axes[0].get_lines()[0]
    assert list(calm.get_xdata()) == [0, 1, 3]
    assert list(calm.get_ydata()) == pytest.approx([0.0, 0.1, 0.2])


def test_the_title_names_scenario_agent_variant_and_ending():
    title = trajectory_figure(episode()).axes[0].get_title()
    assert title == "someone/something, an agent (baseline): max_turns"


def test_drawing_an_agent_called_like_a_formula_does_not_fail(tmp_path):
    trajectory_figure(episode(agent="$x_{")).savefig(tmp_path / "odd.png")
    assert (tmp_path / "odd.png").stat().st_size > 1_000


def test_without_matplotlib_the_command_that_installs_it_is_named():
    code = (
        "import sys; sys.modules['matplotlib'] = sys.modules['matplotlib.figure'] = None\n"
        "from empa_graph.report.plots import trajectory_figure\n"
        "from tests.records import episode\n"
        "try: trajectory_figure(episode())\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )
    done = started(exec, code, {}).ended()
    assert done.out.startswith("MissingExtraError") and "empa-graph[report]" in done.out
