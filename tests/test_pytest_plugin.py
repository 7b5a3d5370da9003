from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command import Outcome
from tests.forked import started

SUITE = """
import socket


KIND = (
    "Thursday is close, and every page slides off you. That would frighten anybody who studies as hard as you do.",
    "You have gone over it again and again, at night, and it frightens you that Thursday could go like this too.",
    "You carry this without anybody knowing, and you are worn out. So it makes sense that nothing stays in your head.",
)


def kind(messages):
    return KIND[sum(message["role"] == "user" for message in messages) % 3 - 1]


def rude(messages):
    return "Others have it much worse. You are overreacting."


def sly(messages):
    try:
        socket.create_connection(("example.invalid", 443))
    except Exception:
        return "I hear you."
"""


def ran(folder: Path, tests: str, *options: str, xdist: bool = False) -> Outcome:
    """Run pytest on ``tests`` in ``folder``, with this plugin and no other that happens to be installed."""
    (folder / "test_agents.py").write_text(f"import pytest\n{SUITE}\n{tests}", encoding="utf-8")
    plugins = ["-p", "empa_graph.pytest_plugin", *(["-p", "xdist", "-n", "1"] if xdist else [])]
    words = [*plugins, "-p", "no:cacheprovider", "-q", *options, "test_agents.py"]
    checkout = str(Path(__file__).resolve().parent.parent)
    env = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": checkout, "PYTEST_ADDOPTS": ""}
    return started(pytest.main, words, cwd=folder, **env).ended()


GOOD = """
def test_kind(empathy):
    empathy.play(kind, "exam_student/reduce_stress", max_turns=3).assert_at_least(composite=10, coverage=1.0)
"""
BAD = """
def test_rude(empathy):
    empathy.play(rude, "exam_student/reduce_stress", repeats=2, max_turns=3).assert_at_least(composite=10)
"""
SLY = """
def test_sly(empathy):
    empathy.play(sly, "exam_student/reduce_stress", max_turns=1)


def test_model(empathy):
    empathy.play("openai:gpt-x", "exam_student/reduce_stress", api_key="none")
"""
MARKED = """
@pytest.mark.empathy(repeats=2, max_turns=1)
def test_marked(empathy):
    assert len(empathy.play(kind, "exam_student/reduce_stress").episodes) == 2


def test_plain():
    pass
"""


MISSPELT = """
@pytest.mark.empathy(repeet=3)
def test_misspelt(empathy):
    pass


@pytest.mark.empathy(3)
def test_by_place(empathy):
    pass
"""


@pytest.mark.slow
def test_what_a_marker_cannot_mean_is_said_before_the_test(tmp_path: Path):
    done = ran(tmp_path, MISSPELT, "-W", "error")
    assert "unknown option 'repeet'; did you mean 'repeats'?" in done.out
    assert "@pytest.mark.empathy takes its options by name, found 3" in done.out
    assert "2 errors" in done.out and "pytest_plugin.py" not in done.out


WRONG = """
from empa_graph.testing import check_metric


def test_scenario(empathy):
    empathy.play(kind, "exam_studnt", max_turns=1)


async def test_inside_a_loop(empathy):
    await empathy.play_async(kind, "exam_studnt", max_turns=1)


def test_floor(empathy):
    empathy.play(kind, "exam_student/reduce_stress", max_turns=1).assert_at_least(composite="sixty")


def test_check():
    check_metric(lambda episode: "much")
"""


@pytest.mark.slow
def test_what_is_wrong_with_a_call_is_shown_at_its_line_and_nowhere_deeper(tmp_path: Path):
    done = ran(tmp_path, WRONG, "-p", "pytest_asyncio.plugin", "-o", "asyncio_mode=auto")
    assert "4 failed" in done.out
    assert done.out.count("Did you mean 'exam_student'?") >= 2
    assert "composite is 'sixty', allowed is a number" in done.out
    places = [line.partition(":")[0] for line in done.out.splitlines() if re.match(r"\S+\.py:\d+: ", line)]
    assert places == ["test_agents.py"] * 4, done.out


@pytest.mark.slow
def test_an_agent_above_its_floor_passes(tmp_path: Path):
    done = ran(tmp_path, GOOD, "--empa-offline", "--strict-markers", "-W", "error")
    assert (done.code, "1 passed" in done.out) == (0, True), done.out


@pytest.mark.slow
def test_an_agent_below_its_floor_fails_with_its_worst_turn_and_the_evidence(tmp_path: Path):
    done = ran(tmp_path, BAD, "--empa-offline")
    assert done.code == 1
    assert "over 2 episodes, wanted at least 10" in done.out
    assert "worst turn: " in done.out
    assert "  let down: " in done.out
    assert "trial.py" not in done.out


@pytest.mark.slow
def test_offline_a_model_and_a_hidden_connection_fail_and_say_so(tmp_path: Path):
    done = ran(tmp_path, SLY, "--empa-offline")
    assert "2 failed" in done.out
    assert "the agent tried to reach example.invalid; only loopback is allowed" in done.out
    assert "--empa-offline: agent 'openai:gpt-x' would call a model" in done.out


@pytest.mark.slow
def test_the_marker_gives_defaults_and_selects(tmp_path: Path):
    assert "1 passed, 1 deselected" in ran(tmp_path, MARKED, "-m", "empathy").out
    assert "1 passed, 2 deselected" in ran(tmp_path, GOOD + MARKED, "-m", "not empathy").out
    assert "empathy(**options)" in ran(tmp_path, MARKED, "--markers").out


@pytest.mark.slow
@pytest.mark.parametrize("xdist", [False, True])
def test_every_episode_is_reported_once_with_its_test(tmp_path: Path, xdist: bool):
    ran(tmp_path, GOOD + BAD + MARKED, "--empa-report", "played.jsonl", "--empa-seed", "7", xdist=xdist)
    lines = [json.loads(line) for line in (tmp_path / "played.jsonl").read_text(encoding="utf-8").splitlines()]
    assert sorted(line["test"].rpartition("::")[2] for line in lines) == [
        "test_kind",
        "test_marked",
        "test_marked",
        "test_rude",
        "test_rude",
    ]
    assert all(line["episode"]["score"] for line in lines)
    assert len({line["episode"]["seed"] for line in lines}) == 2


@pytest.mark.slow
def test_the_seed_and_the_turns_come_from_the_command_line(tmp_path: Path):
    counted = """
def test_turns(empathy):
    assert [e.turns for e in empathy.play(kind, "exam_student/reduce_stress").episodes] == [2]
"""
    assert ran(tmp_path, counted, "--empa-max-turns", "2").code == 0
    assert "max_turns is 0, allowed is 1 or more" in ran(tmp_path, counted, "--empa-max-turns", "0").out


@pytest.mark.slow
def test_a_report_that_cannot_be_written_is_one_line(tmp_path: Path):
    done = ran(tmp_path, GOOD, "--empa-report", "gone/played.jsonl")
    assert done.code == 4
    assert "ERROR: --empa-report gone/played.jsonl: No such file or directory" in done.err


def test_the_plugin_loads_nothing_of_the_package_before_it_is_asked():
    code = (
        "import pytest, sys\nbefore = set(sys.modules)\nimport empa_graph.pytest_plugin\n"
        "print(sorted(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.strip() == "['empa_graph', 'empa_graph.pytest_plugin']"
