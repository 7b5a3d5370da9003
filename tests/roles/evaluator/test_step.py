from __future__ import annotations

import pytest

from empa_graph.models.assessment import Assessment
from empa_graph.models.behaviour import CLEAR, HANDOFF, Behaviour, Code
from empa_graph.models.latent import LatentState
from empa_graph.roles.evaluator.reading import listener
from empa_graph.roles.evaluator.step import Coded, handed_over, judged
from tests.scripted_parts import RUBRIC, UNMOVED, code, opening, step


def parts(*names: Behaviour, strength: float = 4.0) -> tuple[Code, ...]:
    return tuple(code(name, strength, name) for name in names)


def after(*replies: tuple[Code, ...]) -> LatentState:
    path = opening()
    for turn, codes in enumerate(replies, start=1):
        said = Assessment(evaluator="cues", items=(), codes=codes)
        path = path.extended(step(turn, UNMOVED).model_copy(update={"assessment": said}))
    return path


@pytest.mark.parametrize("other", HANDOFF[1:])
def test_a_hand_off_is_the_plain_question_and_one_more_part_over_the_replies(other: Behaviour) -> None:
    asked = HANDOFF[0]
    assert handed_over(parts(asked, other), opening()) == asked
    assert handed_over(parts(other), after(parts(asked))) == other
    assert handed_over(parts(asked), after((), parts(other))) == asked
    assert handed_over(parts(asked), opening()) == handed_over(parts(asked), after(parts(asked))) == ""


def test_without_the_plain_question_the_other_parts_hand_over_to_nobody() -> None:
    assert handed_over(parts(*HANDOFF[1:]), after(parts(*HANDOFF[1:]))) == ""


def test_a_reply_that_brings_no_part_hands_over_nothing() -> None:
    assert handed_over(parts("understanding"), after(parts(*HANDOFF))) == ""


def test_a_part_that_is_not_clear_is_none() -> None:
    faint = CLEAR - 0.1
    assert handed_over(parts(*HANDOFF[:2], strength=faint), opening()) == ""
    assert handed_over(parts(*HANDOFF[:2], strength=CLEAR), opening()) == HANDOFF[0]
    assert handed_over(parts(HANDOFF[1]), after(parts(HANDOFF[0], strength=faint))) == ""


def test_turns_without_a_judgement_hold_no_part() -> None:
    path = after(parts(HANDOFF[0])).extended(step(2, None))
    assert handed_over(parts(HANDOFF[1]), path) == HANDOFF[1]
    assert handed_over(parts(HANDOFF[1]), opening().extended(step(1, None))) == ""


def test_whoever_codes_is_read_alike() -> None:
    codes = (code("understanding", 3.0, "your desk"), code("advising", 1.0, "you should"))
    steps = [judged(Coded(codes, 0.9, coder), opening(), listener(None), RUBRIC) for coder in ("cues", "somebody")]
    assert steps[0].increment == steps[1].increment
    assert [s.assessment.evaluator for s in steps if s.assessment] == ["cues", "somebody"]
    assert steps[0].assessment is not None and steps[0].assessment.fit == 0.9
