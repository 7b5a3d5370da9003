from __future__ import annotations

from empa_graph.content.library import find_scenarios
from empa_graph.models.sayable import MOVES, sayable, sayable_for
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


def test_what_can_be_said_for_one_move_is_what_stands_under_it_among_all() -> None:
    plain = with_lines(SCENARIO, hesitate=["So."], elaborate=["And then."], push_back={"advice": ["No."]})
    for scenario in (SCENARIO, plain, *find_scenarios(["all"])):
        every = sayable(scenario.persona, scenario.goal)
        for move in ("open", "disclose", *MOVES):
            alone = sayable_for(move, scenario.persona, scenario.goal)
            assert alone == tuple(one for one in every if one.move == move), (scenario.id, move)
