from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from empa_graph.content.library import find_scenarios, load_rubric
from empa_graph.cues.heads import shipped_heads
from empa_graph.cues.sentence_vectors import vectors_hash
from empa_graph.roles.evaluator.offline import OFFLINE
from empa_graph.run.plan import planned, run_hashes, run_id, versions
from tests.records import run

THREE = find_scenarios(["exam_student"])
NOON = datetime(2026, 3, 4, 12, 30, 5, tzinfo=UTC)


def test_variants_stand_side_by_side_and_repeats_come_in_rounds():
    plan = planned(THREE[:2], ["baseline", "aligned"], repeats=2, seed=0)
    assert [(item.repeat, item.scenario, item.variant) for item in plan] == [
        (repeat, scenario.id, variant)
        for repeat in (0, 1)
        for scenario in THREE[:2]
        for variant in ("baseline", "aligned")
    ]


def test_variants_meet_the_same_person():
    plan = planned(THREE, ["baseline", "aligned"], repeats=3, seed=7)
    seeds = {variant: [i.seed for i in plan if i.variant == variant] for variant in ("baseline", "aligned")}
    assert seeds["baseline"] == seeds["aligned"]
    assert len(set(seeds["baseline"])) == 9, "every scenario and repeat has a seed of its own"


def test_another_run_seed_gives_other_seeds():
    one, two = (planned(THREE, ["baseline"], repeats=1, seed=seed) for seed in (0, 1))
    assert not {item.seed for item in one} & {item.seed for item in two}


def test_the_seed_of_a_scenario_does_not_depend_on_its_company():
    alone = planned(THREE[2:], ["baseline"], repeats=1, seed=4)
    assert alone[0] in planned(THREE, ["baseline"], repeats=1, seed=4)


@pytest.mark.parametrize("agent", ["../../etc/passwd", "a b\x1b[31m:c", "", "local:/weights/my.gguf", "é" * 300])
def test_a_run_id_is_one_safe_folder_name(agent: str):
    assert re.fullmatch(r"20260304-123005-[\w-]{1,40}", run_id(NOON, agent))


def test_run_ids_sort_by_time():
    later = NOON.replace(hour=13)
    assert run_id(NOON, "z") < run_id(later, "a")


def test_the_hash_of_the_embedding_stands_in_the_manifest_of_runs_that_use_it_and_of_no_others():
    plain, embedded, states = (run_hashes(run(evaluator=name), THREE, load_rubric()) for name in OFFLINE)
    assert set(states) - set(plain) == {"heads:cues-smollm"}
    assert set(embedded) - set(plain) == {"embedding:minilm", "heads:cues-minilm"}
    assert plain["heads:cues"] == embedded["heads:cues"] == shipped_heads().sha256


def test_a_person_who_hears_sentences_stands_on_the_embedding_too():
    embedded = run_hashes(run(nearness="sentences"), THREE, load_rubric())
    assert set(embedded) - set(run_hashes(run(), THREE, load_rubric())) == {"embedding:minilm"}


def test_every_run_stands_on_the_vectors_of_words_by_which_replies_fit():
    plain, heard = (run_hashes(run(nearness=name), THREE, load_rubric()) for name in ("words", "vectors"))
    assert plain == heard
    assert vectors_hash().items() <= plain.items()


def test_versions_name_python_and_the_package_itself():
    found = versions(["anthropic:claude", "openai:gpt", None])
    assert "langchain-anthropic" in found and "langchain-anthropic" not in versions()
    assert re.match(r"3\.\d+\.\d+", found["python"])
    assert {"empa-graph", "langgraph", "pydantic"} <= set(found)
