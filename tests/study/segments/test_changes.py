from __future__ import annotations

import json
from pathlib import Path

import pytest

from empa_graph.content.library import content_folder, load_persona, load_rubric, persona_files
from empa_graph.content.persona_file import write_persona
from empa_graph.content.validation import check_file
from empa_graph.models.persona import Persona
from empa_graph.study.segments.changes import (
    NEEDS,
    Changed,
    mixed,
    of_like_voice,
    with_age,
    with_level,
    with_need_first,
)
from empa_graph.study.segments.pool import age_words, with_one_goal

BUNDLED = [load_persona(file) for file in persona_files()]


def card(name: str) -> Persona:
    return load_persona(content_folder("personas") / f"{name}.yaml")


def words(persona: Persona) -> list[str]:
    """Return every text of a card but for the reasons of its numbers."""
    data = json.loads(persona.model_dump_json())
    data.pop("priorities")
    for goal in data["goals"]:
        goal.pop("spaces")
    return sorted(part for part in json.dumps(data, ensure_ascii=False).split('"'))


@pytest.mark.parametrize("persona", BUNDLED, ids=lambda persona: persona.id)
def test_a_card_with_one_of_its_goals_is_sound(tmp_path: Path, persona: Persona):
    for goal in persona.goals:
        alone = with_one_goal(persona, goal)
        assert [one.id for one in alone.goals] == [goal.id]
        for rubric in ("sdt", "epm"):
            assert check_file(write_persona(alone, tmp_path), load_rubric(rubric)) == []


def test_the_need_that_comes_first_is_moved_by_as_little_as_does_it():
    student = card("exam_student")
    assert student.priorities.dominant is None
    found = with_need_first(Changed(student, ()), "affective", most=0.15)
    assert found is not None and found.persona.priorities.weights == {
        "cognitive": 0.38,
        "affective": 0.43,
        "motivational": 0.19,
    }
    assert (
        sum(found.persona.priorities.weights.values()) == pytest.approx(1.0)
        and found.persona.priorities.dominant == "affective"
    )
    note = found.persona.priorities.affective
    assert (
        note.annotator == "segment"
        and note.reason == "segment of exam_student: 0.4 on its card, shifted towards affective."
    )
    assert found.changes[1] == ("priorities.affective", 0.4, 0.43, "shifted towards affective")
    assert with_need_first(Changed(student, ()), "motivational", most=0.1) is None
    assert words(found.persona) == words(student)


@pytest.mark.parametrize("persona", BUNDLED, ids=lambda persona: persona.id)
def test_priorities_stay_a_whole_however_they_are_moved(persona: Persona):
    for need in NEEDS:
        found = with_need_first(Changed(persona, ()), need, most=0.3)
        if found is not None:
            assert (
                sum(found.persona.priorities.weights.values()) == pytest.approx(1.0)
                and min(found.persona.priorities.weights.values()) >= 0
            )
            assert abs(found.persona.priorities.weights[need] - persona.priorities.weights[need]) <= 0.3 + 1e-9


def test_level_and_age_are_numbers_alone():
    student = Changed(card("exam_student"), ())
    found = with_age(with_level(student, "medium"), 21)
    assert [change[:3] for change in found.changes] == [
        ("empathy_threshold.level", "high", "medium"),
        ("demographics.age", 19, 21),
    ]
    assert found.persona.empathy_threshold.rejects == student.persona.empathy_threshold.rejects


def test_a_mixture_lies_between_two_cards_of_like_voice_and_speaks_as_the_first():
    one, other = card("orchestra_violist"), card("farm_heir")
    assert of_like_voice(one, other) and not of_like_voice(one, card("parish_secretary"))
    goal, theirs = one.goals[0], next(g for g in other.goals if g.context == one.goals[0].context)
    found = mixed(Changed(with_one_goal(one, goal), ()), other, theirs, weight=0.5)
    for need in NEEDS:
        ends = sorted((one.priorities.weights[need], other.priorities.weights[need]))
        assert ends[0] - 0.01 <= found.persona.priorities.weights[need] <= ends[1] + 0.01
    start = found.persona.goals[0].spaces["sdt"].start
    for name, note in start.items():
        ends = sorted((goal.spaces["sdt"].start[name].value, theirs.spaces["sdt"].start[name].value))
        assert ends[0] - 0.01 <= note.value <= ends[1] + 0.01
    levels = found.persona.goals[0].spaces["epm"].levels
    assert all(abs(note.value - goal.spaces["epm"].levels[name].value) <= 1 for name, note in levels.items())
    assert found.persona.goals[0].spaces["sdt"].target == goal.spaces["sdt"].target
    assert found.changes and words(found.persona) == words(with_one_goal(one, goal))
    changed = [change.field for change in found.changes]
    assert len(set(changed)) == len(changed)


def test_an_age_that_the_card_speaks_of_is_bound():
    bound = {persona.id: age_words(persona) for persona in BUNDLED}
    assert bound["exam_student"] == "'first-year' in summary"
    assert bound["courier_teacher"] == "'forty-one' in goals.0.elaborations.1"
    assert bound["retired_welder"] is not None and bound["orchestra_violist"] is None
    older = with_age(Changed(card("orchestra_violist"), ()), 29).persona
    told = older.model_copy(update={"summary": "She was 29 in spring."})
    assert age_words(told) == "'29' in summary"
