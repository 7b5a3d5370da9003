"""A run as records of Every Eval Ever: where they lie, what they say, what they leave out."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

from empa_graph import RunConfig, evaluate
from empa_graph.errors import ContentError, UsageError
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.run import Planned, Run
from empa_graph.report.every_eval_ever.folder import Exported, write_every_eval_ever
from empa_graph.report.every_eval_ever.record import Publisher
from empa_graph.store.ledger import Store
from tests.command import empa
from tests.records import episode, run, score
from tests.report.page_parts import CONTROLS, LONG, MARKUP, hostile, walked

GONE = Failure(turn=1, blame="provider", kind="timeout", detail="gone")
LOST = {"ending": "failed", "score": None, "unscored": "timeout: gone", "failure": GONE}


def written(made: Run, episodes: list[Episode], folder: Path, **options: Any) -> Exported:
    """Export a run of these episodes to ``folder / "out"``."""
    with Store.create(f"sqlite:///{folder}/run.db", made) as store:
        for number, held in enumerate(episodes):
            store.add_episode(number, held)
        return write_every_eval_ever(store, folder / "out", **options)


def records(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(path.read_text(encoding="ascii")) for path in sorted((folder / "out").rglob("*.json"))]


def samples(folder: Path) -> list[dict[str, Any]]:
    files = sorted((folder / "out").rglob("*_samples.jsonl"))
    return [json.loads(line) for path in files for line in path.read_text(encoding="ascii").splitlines()]


def results(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["metric_config"]["metric_name"]: one for one in record["evaluation_results"]}


def planned(*scenarios: str, repeats: int = 1, **changes: Any) -> Run:
    plan = tuple(Planned(scenario=s, variant="baseline", repeat=r, seed=r) for s in scenarios for r in range(repeats))
    return run(**{"plan": plan, **changes})


def test_a_record_and_its_samples_lie_where_the_format_has_them(tmp_path: Path):
    found = written(run(agent="openai:gpt-x"), [walked()], tmp_path)
    names = sorted(path.relative_to(tmp_path / "out").as_posix() for path in found.files)
    place = r"data/empa-sdt/openai/gpt-x/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"
    assert re.fullmatch(place + r"\.json", names[0]) and re.fullmatch(place + r"_samples\.jsonl", names[1])
    (record,), rows = records(tmp_path), samples(tmp_path)
    reference = record["detailed_evaluation_results"]
    assert reference["file_path"] == names[1] and reference["total_rows"] == len(rows)
    assert reference["checksum"] == hashlib.sha256((tmp_path / "out" / names[1]).read_bytes()).hexdigest()
    assert {row["evaluation_id"] for row in rows} == {record["evaluation_id"]}
    assert {row["evaluation_result_id"] for row in rows} == {
        one["evaluation_result_id"] for one in record["evaluation_results"]
    }


def test_a_second_export_gives_the_same_bytes_and_asks_first(tmp_path: Path):
    first = written(run("baseline", "aligned"), [walked(), walked(variant="aligned")], tmp_path)
    before = {path: path.read_bytes() for path in first.files}
    assert len(before) == 4
    with Store.open(f"sqlite:///{tmp_path}/run.db", run().id) as store:
        with pytest.raises(UsageError, match="exists already; choose another --out or add --force"):
            write_every_eval_ever(store, tmp_path / "out")
        write_every_eval_ever(store, tmp_path / "out", force=True)
    assert {path: path.read_bytes() for path in (tmp_path / "out").rglob("*") if path.is_file()} == before


def test_the_means_have_their_intervals_and_say_over_what(tmp_path: Path):
    held = [
        walked(scenario="a/b", score=score(80.0)),
        walked(scenario="a/b", repeat=1, seed=1, score=score(60.0)),
        walked(scenario="a/c", score=score(20.0)),
    ]
    written(planned("a/b", "a/c", repeats=2), held, tmp_path)
    found = results(records(tmp_path)[0])["composite"]
    assert found["score_details"]["score"] == pytest.approx((70 + 20) / 2)
    uncertainty = found["score_details"]["uncertainty"]
    assert uncertainty["num_samples"] == 3
    assert uncertainty["confidence_interval"]["method"] == "t over 2 scenarios"
    assert (found["metric_config"]["min_score"], found["metric_config"]["max_score"]) == (0.0, 100.0)
    assert "not played: 1" in records(tmp_path)[0]["source_metadata"]["additional_details"]["without_score"]


def test_one_scenario_has_no_interval(tmp_path: Path):
    written(run(), [walked()], tmp_path)
    assert results(records(tmp_path)[0])["composite"]["score_details"]["uncertainty"] == {"num_samples": 1}


def test_an_episode_without_a_score_is_no_number_and_is_told(tmp_path: Path):
    lost = episode(scenario="a/c", **LOST)
    found = written(planned("a/b", "a/c"), [walked(scenario="a/b"), lost], tmp_path)
    assert found.episodes == 1
    assert found.left_out == ("baseline: 1 of 2 episodes without a score, not exported: timeout",)
    assert {row["sample_id"] for row in samples(tmp_path)} == {"a/b#1"}
    assert records(tmp_path)[0]["source_metadata"]["additional_details"]["without_score"] == "timeout: 1"


def test_a_variant_without_a_score_has_no_result_and_no_samples(tmp_path: Path):
    found = written(run(), [episode(**LOST)], tmp_path)
    (record,) = records(tmp_path)
    assert record["evaluation_results"] == [] and "detailed_evaluation_results" not in record
    assert [path.suffix for path in found.files] == [".json"] and list(tmp_path.rglob("*.jsonl")) == []


def test_what_is_void_of_a_script_is_in_no_record(tmp_path: Path):
    suite = {"limit": 12, "max_turns": 3}
    evaluate(RunConfig(agent={"spec": "scripted:generic"}, suite=suite, store={"out": tmp_path / "run"}))
    done = empa("export", tmp_path / "run", "--format", "every-eval-ever", "--out", tmp_path / "out")
    assert done.code == 0 and "12 episodes in" in done.out
    assert "empa: scripted: " in done.err and "composite and support are void" in done.err
    (record,) = records(tmp_path)
    assert not results(record).keys() & {"composite", "support"} and "progress" in results(record)
    told = record["source_metadata"]["additional_details"]
    for name in ("composite", "support"):
        assert told[name].startswith("void, since the run is scripted")
        assert not [row for row in samples(tmp_path) if row["evaluation_result_id"].endswith(f":{name}")]


def test_a_conversation_is_there_whole_with_its_tools_and_faults(tmp_path: Path):
    written(run(), [walked()], tmp_path)
    row = next(row for row in samples(tmp_path) if row["evaluation_result_id"].endswith(":composite"))
    assert (row["interaction_type"], row["output"]) == ("agentic", None)
    assert [message["turn_idx"] for message in row["messages"]] == list(range(8))
    assert [message["role"] for message in row["messages"][:4]] == ["user", "assistant", "tool", "assistant"]
    assert row["messages"][1]["tool_calls"] == [
        {"id": "turn-1-call-1", "name": "lookup", "arguments": {"q": '"sleep"'}}
    ]
    assert (row["evaluation"]["score"], row["evaluation"]["num_turns"]) == (50.0, 3)
    assert (row["error"], row["metadata"]["judged_turns"]) == ("turn 2: judge_invalid", "2 of 3")


def test_what_stored_figures_their_levels_do_not_give_is_told_beside_them(tmp_path: Path):
    written(run(), [walked()], tmp_path, contradictions={0: "its composite is another"})
    assert {row["metadata"]["contradiction"] for row in samples(tmp_path)} == {"its composite is another"}


def test_judges_are_named_with_their_prompt_and_how_they_are_put_together(tmp_path: Path):
    from empa_graph.content.library import CODING_PROMPT, coding_hashes, prompt_text

    judges = ("openai:judge-x", "anthropic:judge-y")
    made = run(evaluator="judge", judges=judges, hashes=coding_hashes(), judge_checks={judges[0]: "held"})
    written(made, [walked()], tmp_path)
    scoring = results(records(tmp_path)[0])["composite"]["metric_config"]["llm_scoring"]
    assert [judge["model_info"]["id"] for judge in scoring["judges"]] == ["openai/judge-x", "anthropic/judge-y"]
    assert (scoring["aggregation_method"], scoring["additional_details"]) == (
        "median",
        {"check of openai:judge-x": "held"},
    )
    assert scoring["input_prompt"] == prompt_text(CODING_PROMPT)


def test_a_prompt_that_is_another_now_is_told_by_its_hash(tmp_path: Path):
    hashes = {"prompt:behaviours_judge.md": "ab" * 32, "prompt:../../secret.md": "cd" * 32}
    written(run(evaluator="judge", judges=("openai:judge-x",), hashes=hashes), [walked()], tmp_path)
    scoring = results(records(tmp_path)[0])["composite"]["metric_config"]["llm_scoring"]
    assert scoring["input_prompt"] == f"behaviours_judge.md, SHA-256 {'ab' * 32}"


def test_without_a_judge_nothing_is_said_of_one(tmp_path: Path):
    written(run(), [walked()], tmp_path)
    assert not [one for one in results(records(tmp_path)[0]).values() if "llm_scoring" in one["metric_config"]]


def test_who_publishes_and_how_they_stand_to_the_maker_is_as_said(tmp_path: Path):
    written(run(), [walked()], tmp_path, publisher=Publisher("My lab", "first_party"))
    (record,) = records(tmp_path)
    source = record["source_metadata"]
    assert (source["source_organization_name"], source["evaluator_relationship"]) == ("My lab", "first_party")
    assert "evaluator_relationship" not in source["additional_details"]
    assert record["model_info"]["id"] == "My_lab/an_agent"


def test_what_was_not_said_of_the_publisher_is_told_as_such(tmp_path: Path):
    written(run(), [walked()], tmp_path)
    source = records(tmp_path)[0]["source_metadata"]
    assert (source["evaluator_relationship"], source["additional_details"]["evaluator_relationship"]) == (
        "other",
        "not stated",
    )


@pytest.mark.parametrize("agent", ["../../etc:x", "openai:../../../x", "openai:..", "openai:/", "a\x00b/..\\c", LONG])
def test_no_name_leads_out_of_the_folder(tmp_path: Path, agent: str):
    variant, rubric = "../up", "../../rubric"
    made = run(variant, agent=agent, rubric=rubric)
    found = written(made, [walked(variant=variant, rubric=rubric)], tmp_path)
    below = {path.resolve().relative_to((tmp_path / "out" / "data").resolve()) for path in found.files}
    assert {len(path.parts) for path in below} == {4}
    assert {path.name for path in tmp_path.iterdir()} == {"out", "run.db", "run.db.lock"}
    assert not [part for path in below for part in path.parts[:3] if not re.fullmatch(r"[A-Za-z0-9_+][\w.+-]*", part)]


def test_a_link_in_the_folder_is_not_followed_out_of_it(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out" / "data").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(UsageError, match="leads out of the folder by a link"):
        written(run(), [walked()], tmp_path)
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_hostile_text_is_data_in_the_files(tmp_path: Path):
    evil = hostile()
    made = run(
        agent=f"{MARKUP}{CONTROLS}", plan=(Planned(scenario=evil.scenario, variant="baseline", repeat=0, seed=1),)
    )
    found = written(made, [evil], tmp_path)
    assert found.episodes == 1
    for path in found.files:
        assert path.read_bytes().isascii()
    row = samples(tmp_path)[0]
    assert LONG in row["messages"][0]["content"] and row["sample_id"] == f"{evil.scenario}#1"


def test_a_manifest_without_a_time_is_refused_in_one_line(tmp_path: Path):
    with pytest.raises(ContentError, match=r"^run '20260101-000000-agent': created: 'soon' is no time in ISO 8601$"):
        written(run(created="soon"), [walked()], tmp_path)


def test_the_options_are_for_this_format_alone(tmp_path: Path):
    evaluate(
        RunConfig(
            agent={"spec": "scripted:expert"},
            suite={"scenarios": "exam_student/reduce_stress", "max_turns": 1},
            store={"out": tmp_path / "run"},
        )
    )
    refused = empa("export", tmp_path / "run", "--format", "csv", "--organization", "My lab")
    assert refused.code == 2 and "are for --format every-eval-ever; `csv` has neither" in refused.err
    odd = empa("export", tmp_path / "run", "--format", "every-eval-ever", "--relationship", "thirdparty")
    assert odd.code == 2 and "third_party" in odd.err
    assert empa("export", tmp_path / "run", "--format", "every-eval").err.count("every-eval-ever") >= 1
    said = empa("export", tmp_path / "run", "--format", "every-eval-ever", "--relationship", "third_party")
    assert said.code == 0 and (tmp_path / "run" / "every-eval-ever" / "data").is_dir()


def test_a_few_equal_values_are_exported_without_an_interval_and_with_the_reason(tmp_path: Path):
    made = planned("a/a", "a/b", "a/c")
    written(made, [walked(scenario=item.scenario, score=score(0.0)) for item in made.plan], tmp_path)
    found = results(records(tmp_path)[0])["composite"]["score_details"]
    assert (found["uncertainty"], found["details"]["interval"]) == ({"num_samples": 3}, "no interval: 3 equal values")


def test_a_metric_says_its_unit_where_its_range_has_one(tmp_path: Path):
    written(run(), [walked()], tmp_path)
    units = {name: one["metric_config"].get("metric_unit") for name, one in results(records(tmp_path)[0]).items()}
    assert (units["composite"], units["alignment_index"]) == ("points", "proportion")
