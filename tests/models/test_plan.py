from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from empa_graph.content.library import find_scenarios
from empa_graph.models.run import planned, run_id

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
