"""``inspect eval empa_graph/sandbox`` by Inspect itself, in an environment of its own that has the extra ``inspect``.

To make the environment takes two to three minutes, the evaluations half a minute. Where Inspect cannot be had the tests
are skipped with the reason.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from empa_graph import play
from empa_graph.models.episode import Episode
from empa_graph.roles.empathic.instructions import prompt_template
from tests.command import SCENARIO
from tests.own_environment import WAIT, made, pip, ran
from tests.sensible_answers import message_for
from tests.stub_server import StubServer, said, stub_in_thread

pytestmark = pytest.mark.slow
CHECKOUT = Path(__file__).parents[2]
(INSPECT,) = (
    line
    for line in (CHECKOUT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    if line[:11] == "inspect-ai="
)
KIND = "Organic chemistry on Thursday, and the same page over and over. What is hardest?"
READ = """
import json, sys
from pathlib import Path
from inspect_ai.log import read_eval_log

(path,) = Path(sys.argv[1]).glob("*.eval")
log = read_eval_log(str(path))
print(json.dumps({
    "status": log.status, "task": log.eval.task, "model": log.eval.model,
    "means": {s.name: s.metrics["mean" if s.name == "progress" else "mean_unscripted"].value
              for s in log.results.scores},
    "error": {s.name: s.metrics["stderr_scored" if s.name == "progress" else "stderr_unscripted"].value
              for s in log.results.scores},
    "samples": [
        {"id": s.id, "epoch": s.epoch, "values": {name: score.value for name, score in s.scores.items()},
         "path": s.scores["composite"].metadata["turns"], "episode": s.store["episode"], "output": s.output.completion,
         "messages": [[m.role, m.text] for m in s.messages],
         "calls": [[e.model, e.output.completion] for e in s.events if e.event == "model"]}
        for s in log.samples
    ],
}))
"""


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python with Inspect and this checkout."""
    found = made(tmp_path_factory.mktemp("own") / "env")
    # Inspect asks servers by the openai package.
    pip(INSPECT, "install", INSPECT, "openai", "--editable", f"{CHECKOUT}[inspect]", python=found)
    return found


def evaluated(python: Path, stub: StubServer, folder: Path, *words: str) -> dict[str, Any]:
    """Return the log of ``inspect eval`` with a model of the stub's, as Inspect reads it."""
    command = [python.with_name("inspect"), "eval", "empa_graph/sandbox", "--model", "openai-api/stub/agent", *words]
    more = {
        "STUB_BASE_URL": stub.url,
        "STUB_API_KEY": "sk-1",
        "INSPECT_LOG_DIR": str(folder),
        "INSPECT_DISPLAY": "none",
    }
    env = {**os.environ, **more}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=WAIT, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    read = ran(python, "-c", READ, folder)
    assert read.returncode == 0, read.stderr[-2000:]
    found: dict[str, Any] = json.loads(read.stdout)
    assert (found["status"], found["task"], found["model"]) == (
        "success",
        "empa_graph/sandbox",
        "openai-api/stub/agent",
    )
    return found


def test_its_episodes_are_those_of_play_and_each_reply_is_a_call_of_inspect(python: Path, tmp_path: Path):
    words = ("-T", f"scenarios={SCENARIO}", "-T", "max_turns=3", "-T", "seed=5", "-T", "repeats=2")
    with stub_in_thread(said(KIND)) as stub:
        log = evaluated(python, stub, tmp_path, *words)
    first, second = sorted(log["samples"], key=lambda sample: sample["epoch"])
    same = play(SCENARIO, lambda messages: KIND, seed=5, max_turns=3)
    assert same.score is not None and same.support is not None
    episode = Episode.model_validate(first["episode"])
    assert (episode.latent, episode.score, episode.support) == (same.latent, same.score, same.support)
    wanted = {"composite": same.score.composite, "progress": same.score.progress, "support": same.support.value}
    assert first["values"] == pytest.approx(wanted) and first["id"] == f"{SCENARIO}:baseline"
    assert log["means"]["progress"] == pytest.approx((first["values"]["progress"] + second["values"]["progress"]) / 2)
    assert all(map(math.isnan, log["error"].values()))  # a single persona
    assert math.isnan(log["means"]["support"])  # three replies are too few
    roles = {"persona": "user", "empathic": "assistant"}
    dialogue = [[roles[message.speaker], message.content] for message in same.messages]
    assert first["messages"] == [["system", prompt_template("baseline")], *dialogue] and first["output"] == KIND
    assert first["calls"] == [["openai-api/stub/agent", KIND]] * 3 and len(stub.requests) == 6
    assert [turn["turn"] for turn in first["path"]] == [1, 2, 3] and second["messages"] != first["messages"]
    assert {(body["model"], "seed" in body, "temperature" in body) for body in stub.requests} == {
        ("agent", False, False)
    }


def test_a_judge_is_the_model_of_its_role(python: Path, tmp_path: Path):
    words = ("-T", f"scenarios={SCENARIO}", "-T", "max_turns=2", "-T", "evaluator=judge")
    with stub_in_thread(choose=lambda body: said(message_for(body, "m")["content"], model=body["model"])) as stub:
        log = evaluated(python, stub, tmp_path, *words, "--model-role", "judge=openai-api/stub/judge")
    (sample,) = log["samples"]
    assert [model for model, _ in sample["calls"]] == ["openai-api/stub/agent", "openai-api/stub/judge"] * 2
    assert sample["episode"]["score"]["coverage"] == 1.0 and sample["episode"]["evaluator"] == "judge"


@pytest.fixture(scope="module")
def cases(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Any]:
    """What Inspect logged of `evals.CASES`, by their names."""
    done = ran(python, Path(__file__).with_name("evals.py"), tmp_path_factory.mktemp("logs"))
    assert done.returncode == 0, done.stderr[-2000:]
    return dict(json.loads(line) for line in done.stdout.splitlines() if line.startswith("["))


NOTHING = {"composite": "nan", "progress": "nan", "support": "nan"}


@pytest.mark.parametrize(("case", "why"), [("french", "no turn was judged"), ("refusing", "refused: ")])
def test_what_has_no_score_is_unscored_and_no_mean_is_zero(cases: Mapping[str, Any], case: str, why: str):
    log = cases[case]
    assert log["unscored"] == {"composite": 1, "progress": 1, "support": 1}
    assert {value for means in log["means"].values() for value in means.values()} == {"nan"}
    (sample,) = log["samples"]
    assert sample["values"] == NOTHING and sample["reasons"]["composite"][1].startswith(why)


def test_composite_and_support_of_a_script_are_void_and_its_progress_stays(cases: Mapping[str, Any]):
    log = cases["script"]
    assert len(log["samples"]) == 36 and log["unscored"] == {"composite": 0, "progress": 0, "support": 0}
    assert {value for name in ("composite", "support") for value in log["means"][name].values()} == {"nan"}
    assert 0.0 <= log["means"]["progress"]["mean"] < 0.1 and log["means"]["progress"]["stderr_scored"] > 0.0


@pytest.mark.parametrize(("case", "limit"), [("messages", "message"), ("tokens", "token")])
def test_a_limit_of_inspect_ends_the_sample_without_a_score(cases: Mapping[str, Any], case: str, limit: str):
    (sample,) = cases[case]["samples"]
    assert (sample["limit"], sample["error"], sample["values"]) == (limit, None, NOTHING)
    assert [role for role, _ in sample["messages"][:3]] == ["system", "user", "assistant"]
    assert sample["calls"] < 4


def test_a_fault_of_the_model_is_inspects_to_record(cases: Mapping[str, Any]):
    assert cases["broken"]["status"] == "error"
    assert "the service is on fire" in cases["broken"]["samples"][0]["error"]


def test_the_agent_never_judges_itself(cases: Mapping[str, Any]):
    (sample,) = cases["unjudged"]["samples"]
    assert "'judge' is required" in sample["error"] and sample["calls"] == 0
