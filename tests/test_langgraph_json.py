"""langgraph.json against what it names."""

from __future__ import annotations

import json
import runpy
from pathlib import Path

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.graph.state import start_state

ROOT = Path(__file__).parents[1]


def sandbox():
    place, _, attribute = json.loads((ROOT / "langgraph.json").read_text())["graphs"]["sandbox"].partition(":")
    return runpy.run_path(str(ROOT / place))[attribute]()


def test_the_named_sandbox_compiles_with_its_nodes():
    assert {"persona", "empathic", "evaluator", "score"} <= set(sandbox().get_graph().nodes)


async def test_the_named_sandbox_plays_from_a_start_state():
    scenario = find_scenarios(["exam_student/reduce_stress"])[0]
    start = start_state(scenario, load_rubric(), instructions="", seed=1)
    ended = await sandbox().ainvoke(start, config={"recursion_limit": 100})
    assert ended["score"].composite > 0


def test_the_package_it_depends_on_is_the_project_itself():
    (place,) = json.loads((ROOT / "langgraph.json").read_text())["dependencies"]
    assert (ROOT / place / "pyproject.toml").is_file()
