from __future__ import annotations

import hashlib

from empa_graph.content.library import find_scenarios
from empa_graph.content.played import played_scenarios
from empa_graph.models.run import Planned, Run
from tests.records import run

NAME = "exam_student/reduce_stress"


def planned(name: str, **hashes: str) -> Run:
    plan = (Planned(scenario=name, variant="baseline", repeat=0, seed=1),)
    return run().model_copy(update={"plan": plan, "hashes": {f"persona:{key}": value for key, value in hashes.items()}})


def test_a_person_that_is_still_the_same_is_known():
    (scenario,) = find_scenarios([NAME])
    digest = hashlib.sha256(scenario.persona.model_dump_json().encode()).hexdigest()
    assert played_scenarios([planned(NAME, exam_student=digest)], None) == {NAME: scenario}


def test_a_person_that_was_changed_or_is_nowhere_is_not():
    assert played_scenarios([planned(NAME, exam_student="0" * 64), planned("nobody/nothing")], None) == {}
