from __future__ import annotations

import numpy as np
import pytest

from empa_graph.distill.recontext.trace import known_of, nearest, untraceable
from empa_graph.models.line import Line
from empa_graph.models.persona import Persona
from tests.distill.recontext.parts import made, source


def card(text: str) -> Persona:
    """A card whose first opening is ``text``."""
    found = made(2).card
    goal = found.goals[0]
    return found.model_copy(
        update={"goals": (goal.model_copy(update={"openings": (Line(text=text), *goal.openings[1:])}),)}
    )


@pytest.mark.parametrize(
    ("said", "line", "fault"),
    [
        ("my boss threw the blue folder down", "He threw the blue folder down hard. My boss threw it.", None),
        ("she put it on the blue chair", "Then she put it on the blue chair.", "shares 6 words in a row"),
        ("i do not know what to do", "I do not know what to do.", None),
        ("the folder, blue, wet and torn", "A folder: blue, wet, torn.", "shares 4 content words in a row"),
        ("it was at Wetherspoons that night", "We met in wetherspoons.", "holds a name of the source"),
        ("we paid 4350 for it", "It was 4350, all told.", "holds a number of the source"),
        ("we waited 10 minutes", "I waited for 10 minutes at the gate.", None),
        ("[name 1] was there", "And then [name 1] came in.", "holds a placeholder"),
    ],
)
def test_what_would_lead_back_to_a_source_is_found(said: str, line: str, fault: str | None):
    found = untraceable(card(line), source("c", said, "nothing else to tell here today"))
    assert found == ((fault,) if fault else ())


def test_words_of_the_agent_lead_back_too():
    talk = source("c", "anything")
    assert untraceable(card(f"She said: {talk.turns[1].text}"), talk) != ()


def test_a_line_too_near_in_meaning_is_found_and_messages_of_the_agent_are_not_compared():
    near = np.array([1.0, 0.0], dtype=np.float32)
    far = np.array([0.0, 1.0], dtype=np.float32)
    talk = source("c", "the lantern flickered beside the river")
    one = card("a lamp trembled near water all evening")

    def meaning(text: str) -> np.ndarray:
        return near if "lantern" in text or "lamp" in text else far

    assert nearest(one, known_of(talk.turns).messages, meaning) == 1.0
    assert untraceable(one, talk, meaning=meaning) == ("holds a line whose meaning is too near (more than 0.5)",)
