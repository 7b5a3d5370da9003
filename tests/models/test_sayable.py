from __future__ import annotations

from empa_graph.models.sayable import sayable
from tests.persona_parts import with_lines
from tests.scripted_parts import SCENARIO


def ids(*, move: str, **lines: object) -> list[str]:
    scenario = with_lines(SCENARIO, **lines)
    return [one.id for one in sayable(scenario.persona, scenario.goal) if one.move == move]


def test_a_line_is_known_by_its_place_or_by_its_own_name() -> None:
    assert ids(move="hesitate")[:2] == ["hesitate:1", "hesitate:2"]
    assert ids(move="hesitate", hesitate=["Hm.", {"text": "So.", "id": "so"}]) == ["call_home:hesitate:1", "so"]
    assert ids(move="push_back", push_back={"advice": ["No."]}) == ["call_home:push_back:advice:1"]
    assert ids(move="open")[0] == "call_home:open:1"


def test_beats_keep_their_ids_and_every_id_is_there_once() -> None:
    every = [one.id for one in sayable(SCENARIO.persona, SCENARIO.goal)]
    assert len(set(every)) == len(every)
    assert {beat.id for beat in (*SCENARIO.goal.beats, *SCENARIO.persona.beats)} <= set(every)


def test_elaborations_stand_beside_the_card_s_lines_until_the_goal_has_its_own() -> None:
    assert "elaborate:1" in ids(move="elaborate")
    own = ids(move="elaborate", elaborate=["So."])
    assert "call_home:elaborate:1" in own and "call_home:elaborations:1" in own and "elaborate:1" not in own
