from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from empa_graph.live.records import EmpathySLA, SlaRule, SlaState


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"signal": "alignment", "enter": 1.5}, "outside -1 to 1"),
        ({"signal": "alignment", "enter": 0.2, "leave": 0.1}, "leave 0.1 is below enter 0.2"),
        ({"signal": "stability", "enter": 0.2, "leave": 0.3}, "leave 0.3 is above enter 0.2"),
        ({"signal": "regress", "enter": 2, "leave": 2}, "not below enter 2"),
        ({"signal": "regress", "enter": 1.5}, "is a number of turns"),
        ({"signal": "missing", "enter": 5, "window": 4}, "outside 1 to 4"),
        ({"signal": "alignment", "enter": 0.0, "window": 2, "min_turns": 3}, "min_turns 3 is above window 2"),
        ({"signal": "warmth", "enter": 0.0}, "Input should be"),
    ],
)
def test_a_rule_that_contradicts_itself_is_refused(fields: dict[str, Any], said: str):
    with pytest.raises(ValidationError, match=said):
        SlaRule.model_validate({"id": "a_rule", **fields})


def test_a_count_ends_one_below_its_number_by_default_and_a_level_where_it_began():
    assert SlaRule(id="a_rule", signal="regress", enter=2).left_at == 1
    assert SlaRule(id="a_rule", signal="alignment", enter=0.2).left_at == 0.2


def test_two_rules_of_one_name_are_refused():
    rule = SlaRule(id="a_rule", signal="regress", enter=2)
    with pytest.raises(ValidationError, match="'a_rule' stands twice"):
        EmpathySLA(id="an_sla", rules=(rule, rule))


def test_an_sla_without_rules_of_its_own_has_the_standard_ones():
    assert [rule.id for rule in EmpathySLA(id="an_sla").rules] == ["turning_away", "harm_repeated", "unjudged"]


def test_a_fresh_state_is_empty_when_dumped():
    assert SlaState().model_dump(exclude_defaults=True) == {}
