"""What is exported holds to Every Eval Ever's own schemas, and its own programs take it.

The schemas come out of the wheel of the package, the programs from an environment of their own with Python 3.12: where
either cannot be had, the tests are skipped with the reason.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from empa_graph import RunConfig, evaluate
from empa_graph.models.run import Planned
from empa_graph.report.every_eval_ever.folder import write_every_eval_ever
from empa_graph.report.export import export
from empa_graph.store.ledger import Store
from tests.command import empa
from tests.own_environment import ran
from tests.records import episode, run, score
from tests.report import eee_parts
from tests.report.eee_parts import Schemas
from tests.report.page_parts import hostile, walked
from tests.report.test_every_eval_ever import LOST

pytestmark = pytest.mark.slow
PLAYED = {
    "generic": ("scripted:generic", "baseline"),
    "expert": ("scripted:expert-then-advice@0.5", "baseline", "aligned"),
}
IDS = {
    "generic": "empa-graph/scripted_generic",
    "expert": "empa-graph/scripted_expert-then-advice_0.5",
    "hostile": "unstated/agent",
}
VALIDATE = """
import json, sys
from pathlib import Path
from every_eval_ever.validator.validation_core import validate_file

root = Path(sys.argv[1])
files = {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}
read = lambda name: (root / name).read_text(encoding="utf-8")
for name in sorted(files):
    found = validate_file(
        root / name, repo_path=name, available_files=files, read_repo_file=read, run_semantic_checks=True
    )
    print(json.dumps([name, found.valid, found.errors, found.warnings]))
"""
READ = """
import json, sys
from inspect_ai.log import read_eval_log

log = read_eval_log(sys.argv[1])
print(json.dumps([log.eval.model, [[s.id, s.output.completion, s.target] for s in log.samples]]))
"""


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    return eee_parts.schemas(tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python of Every Eval Ever's own."""
    return eee_parts.own_python(tmp_path_factory.mktemp("own") / "env")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of exports: hostile text, judges, a failure and a variant that has no score; a script; an expert."""
    folder = tmp_path_factory.mktemp("exported")
    evil = hostile()
    plan = [Planned(scenario=name, variant="baseline", repeat=0, seed=0) for name in (evil.scenario, "a/b", "a/c")]
    plan.append(Planned(scenario="a/b", variant="aligned", repeat=0, seed=0))
    asked = run("baseline", "aligned", agent="@agent", evaluator="judge", judges=("openai:x", "local:/m.gguf"))
    with Store.create(f"sqlite:///{folder}/run.db", asked.model_copy(update={"plan": tuple(plan)})) as store:
        lost = [episode(scenario="a/c", **LOST), episode(scenario="a/b", variant="aligned", **LOST)]
        for number, held in enumerate((evil, walked(scenario="a/b", score=score(20.0)), *lost)):
            store.add_episode(number, held)
        write_every_eval_ever(store, folder / "records")
        export(store, folder / "hostile.json", format="inspect")
    for agent, (spec, *variants) in PLAYED.items():
        suite = {"limit": 12, "max_turns": 4, "repeats": 2, "variants": variants}
        result = evaluate(RunConfig(agent={"spec": spec}, suite=suite, store={"out": folder / agent}))
        for name, out in (("every-eval-ever", "records"), ("inspect", f"{agent}.json")):
            done = empa("export", result.folder, "--format", name, "--out", folder / out)
            assert done.code == 0, done.err
    return folder


def test_records_and_samples_hold_to_the_schemas(made: Path, schemas: Schemas):
    from jsonschema import Draft7Validator

    record, sample = (Draft7Validator(schema) for schema in schemas)
    held = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((made / "records").rglob("*.json"))]
    lines = [
        json.loads(line)
        for path in sorted((made / "records").rglob("*.jsonl"))
        for line in path.read_text(encoding="utf-8").split("\n")[:-1]
    ]
    assert len(held) == 5 and len(lines) > 100
    assert [error.message for one in held for error in record.iter_errors(one)] == []
    assert [error.message for one in lines for error in sample.iter_errors(one)] == []
    broken = {**lines[0], "evaluation": {"score": None}}
    assert list(sample.iter_errors(broken)) and list(record.iter_errors({**held[0], "model_info": {}}))


def test_its_own_validator_takes_the_records(made: Path, python: Path):
    done = ran(python, "-c", VALIDATE, made / "records")
    assert done.returncode == 0, done.stderr
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == 9 and [one for one in found if one[1:] != [True, [], []]] == []


@pytest.mark.parametrize("name", ["expert", "generic", "hostile"])
def test_its_converter_takes_our_log_for_inspect(made: Path, python: Path, tmp_path: Path, name: str):
    out = tmp_path / "out"
    words = ("convert", "inspect", "--log_path", made / f"{name}.json", "--output_dir", out / "data")
    done = ran(python, "-m", "every_eval_ever", *words)
    assert done.returncode == 0, done.stderr[-2000:]
    (path,) = out.rglob("*.json")
    record = json.loads(path.read_text(encoding="utf-8"))
    assert record["model_info"]["id"] == IDS[name]
    converted = {one["evaluation_result_id"]: one["score_details"]["score"] for one in record["evaluation_results"]}
    assert converted == pytest.approx(means(made, name))
    checked = [json.loads(line) for line in ran(python, "-c", VALIDATE, out).stdout.splitlines()]
    assert len(checked) == 2 and [one for one in checked if one[1] is not True] == []


def means(made: Path, name: str) -> dict[str, float]:
    """Return the means that the summary of a run has, as the log calls them; of a script, no composite."""
    if name == "hostile":
        by_variant = {"baseline": {"composite": 35.0, "progress": 0.375}}
    else:
        shown: dict[str, Any] = json.loads(empa("show", made / name, "--json").out)
        by_variant = {
            one["variant"]: {
                key: one["metrics"][key]["mean"] for key in ("composite", "progress") if key in one["metrics"]
            }
            for one in shown["variants"]
        }
    assert any("composite" in found for found in by_variant.values()) == (name != "generic")
    wanted = {f"{key}:mean_{v}": mean for v, found in by_variant.items() for key, mean in found.items()}
    if len(by_variant) == 1:
        wanted |= {f"{key}:mean": mean for found in by_variant.values() for key, mean in found.items()}
    return wanted


def test_inspect_itself_reads_what_the_converter_takes(made: Path, python: Path):
    done = ran(python, "-c", READ, made / "expert.json")
    assert done.returncode == 0, done.stderr[-2000:]
    model, samples = json.loads(done.stdout)
    assert model == f"openai-api/{IDS['expert']}" and len(samples) == 48
    assert all(said and target == [] for _, said, target in samples)
