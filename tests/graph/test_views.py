from __future__ import annotations

from typing import Any

import pytest

from empa_graph.graph.node import derived
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import PersonaState
from tests.scripted_parts import SCENARIO, started, step

START: Any = started()
SECRET = "They moved my desk to the corridor."


def after_one_turn() -> Any:
    said = Message(turn=1, speaker="persona", content=SECRET, move="open")
    answered = Message(turn=1, speaker="empathic", content="Where did they move it?")
    state = PersonaState(trust=0.3, openness=0.2, told=(SCENARIO.goal.beats[0].id,))
    latent = START["latent"].extended(step(1, (0.1, 0.0, 0.0, 0.0)))
    return START | {"messages": [said, answered], "persona_state": state, "latent": latent}


def test_what_remains_is_counted_in_radii():
    latent = START["latent"]
    gap = sum((b - a) ** 2 for a, b in zip(latent.start, latent.target, strict=True)) ** 0.5
    assert derived("remaining", START) == pytest.approx(gap / latent.radius)


def test_the_standing_holds_numbers_and_names_and_nothing_that_was_said():
    standing = derived("standing", after_one_turn())
    assert (standing.turn, standing.moves, standing.trust) == (1, ("open",), 0.3)
    assert standing.increments == ((0.1, 0.0, 0.0, 0.0),)
    text = standing.model_dump_json()
    assert SECRET not in text
    assert all(beat.text not in text for beat in (*SCENARIO.goal.beats, *SCENARIO.persona.beats))


def test_what_is_untold_comes_in_the_order_of_the_trust_it_asks_for():
    beats = {beat.id: beat.trust for beat in (*SCENARIO.goal.beats, *SCENARIO.persona.beats)}
    standing = derived("standing", after_one_turn())
    assert set(standing.untold) == set(beats) - set(standing.told)
    assert [beats[name] for name in standing.untold] == sorted(beats[name] for name in standing.untold)


def test_before_the_first_turn_the_persona_s_state_is_unknown_and_not_zero():
    standing = derived("standing", START)
    assert (standing.turn, standing.trust, standing.openness, standing.moves) == (0, None, None, ())
