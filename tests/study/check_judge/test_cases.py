from __future__ import annotations

from collections import Counter

import pytest

from empa_graph.content.library import persona_files
from empa_graph.models.graded import POORER
from empa_graph.study.check_judge.asking import request
from empa_graph.study.check_judge.cases import DEMANDED, Case, drawn
from tests.roles.judging import inside

CASES = drawn(200, seed=0)
PLAIN = [case for case in CASES if case.probe == "plain"]


def of(probe: str) -> list[Case]:
    return [case for case in CASES if case.probe == probe]


def test_the_sample_is_spread_over_people_grades_and_settings() -> None:
    assert len(PLAIN) == 200
    people = Counter(case.scenario.persona.id for case in PLAIN)
    assert len(people) == len(persona_files()) and min(people.values()) >= 12
    grades = Counter(case.judged[0].grade for case in PLAIN)
    assert grades["expert"] == 50 and all(grades[grade] >= 5 for grade in POORER)
    assert sum(case.scenario.in_crisis for case in PLAIN) >= 20


def test_every_line_has_the_experts_reply_beside_poorer_ones() -> None:
    by_line = Counter((case.line, case.judged[0].grade == "expert") for case in PLAIN)
    assert {by_line[line, True] for line, _ in by_line} == {1}
    assert {by_line[line, False] for line, _ in by_line} == {3}


def test_the_same_seed_draws_the_same_and_another_another() -> None:
    assert drawn(40, seed=1) == drawn(40, seed=1)
    assert {case.id for case in drawn(40, seed=1)} != {case.id for case in drawn(40, seed=2)}
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("n", [1, 5, 23, 3_000])
def test_any_number_can_be_asked_for(n: int) -> None:
    cases = drawn(n, seed=0)
    assert sum(case.probe == "plain" for case in cases) == n
    assert len({case.id for case in cases}) == len(cases)


def test_probes_change_a_poorer_reply_that_is_coded_alone_too() -> None:
    alone = {case.id: case.judged[0] for case in PLAIN}
    for probe in ("praise", "injected"):
        assert len(of(probe)) == 40
        for case in of(probe):
            before = alone[case.id.removesuffix(f":{probe}")]
            assert before.grade != "expert" and before.reply in case.judged[0].reply != before.reply
            assert not all(before.codes.get(name, 0) >= 3 for name in DEMANDED)


def test_the_same_three_exchanges_are_shown_with_the_experts_first_and_last() -> None:
    first, last = of("first"), of("last")
    assert len(first) == len(last) == 20
    for one, other in zip(first, last, strict=True):
        assert one.judged == other.judged[::-1]
        assert [exchange.grade == "expert" for exchange in one.judged] == [True, False, False]
        assert len({exchange.line for exchange in one.judged}) == 3


def test_what_is_asked_is_what_a_run_asks() -> None:
    later = next(case for case in PLAIN if case.before)
    (shown,) = inside(request(later, 0).text)
    assert shown[0]["person"]["name"] == later.scenario.persona.name
    assert [record["text"] for record in shown[1:]][-1] == later.judged[0].reply
    assert request(later, 0).replies == ((later.judged[0].reply,),)
    assert request(of("last")[0], 0).text.endswith("turns 1, 2 and 3: judge these replies together, once.")


def test_no_authored_code_is_in_a_request() -> None:
    assert not any("behaviours" in request(case, 0).text for case in CASES[:20])
