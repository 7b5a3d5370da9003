from __future__ import annotations

from typing import Any

import pytest

from empa_graph.content.library import load_persona, persona_files
from empa_graph.errors import UsageError
from empa_graph.study.segments.description import Base, Description
from empa_graph.study.segments.manifest import SegmentRecord, segment
from empa_graph.study.segments.pool import pool

BASES = [Base(load_persona(file), file) for file in persona_files()]


def described(shares: dict[str, Any], *, personas: int = 20, seed: int = 0, **allow: Any) -> Description:
    given = {"id": "test", "about": "A test", "personas": personas, "seed": seed, "shares": shares, "allow": allow}
    return Description.model_validate(given)


def drawn(shares: dict[str, Any], **more: Any) -> SegmentRecord:
    return segment(described(shares, **more), BASES).record


def reached(record: SegmentRecord) -> dict[tuple[str, str], float]:
    return {(share.dimension, share.value): share.reached for share in record.shares}


def test_without_a_change_allowed_cards_are_reused_as_they_are():
    record = drawn({"threshold": {"low": 0.2, "medium": 0.5, "high": 0.3}})
    assert all(not person.changes for person in record.persons)
    assert [(share.wanted, share.reached) for share in record.shares] == [(0.2, 0.2), (0.5, 0.5), (0.3, 0.3)]


def test_all_dimensions_are_reached_at_once_where_they_can_be():
    wanted = {
        "threshold": {"low": 0.25, "medium": 0.5, "high": 0.25},
        "need": {"cognitive": 0.5, "affective": 0.4, "motivational": 0.1},
        "age": {"18-35": 0.5, "36-70": 0.5},
        "context": {"casual": 0.4, "work": 0.5, "crisis": 0.1},
    }
    found = reached(drawn(wanted))
    assert {name: found[name] for name in found} == {
        (dimension, value): share for dimension, shares in wanted.items() for value, share in shares.items()
    }


def test_what_nobody_has_is_said_with_how_far_it_got_and_a_shift_reaches_it():
    wanted = {"need": {"motivational": 1.0}, "threshold": {"low": 1.0}}
    record = drawn(wanted, personas=10)
    found = {(s.dimension, s.value): s for s in record.shares}
    assert found["need", "motivational"].reached < 1.0 or found["threshold", "low"].reached < 1.0
    assert any(share.note == "not together with the other shares" for share in record.shares)
    moved = drawn(wanted, personas=10, shift={"threshold": 1, "priorities": 0.3})
    assert {name for name, share in reached(moved).items() if share == 1.0} == set(reached(moved)) and not any(
        share.note for share in moved.shares
    )
    none = drawn({"age": {"90-99": 1.0}}, personas=5, shift={"age": 10})
    (wanted_age, other) = none.shares
    assert (wanted_age.reached, wanted_age.note) == (0.0, "no base persona has it, nor an allowed change")
    assert (other.value, other.reached, other.wanted) == ("other", 1.0, 0.0)


def test_an_age_that_lines_bind_is_refused_and_one_that_they_do_not_is_extrapolated():
    record = drawn({"age": {"30-30": 1.0}}, personas=3, shift={"age": 2})
    assert {person.base for person in record.persons} == {"orchestra_violist"}
    (change,) = record.persons[0].changes
    assert (change.before, change.after) == (29, 30) and "no line of the card speaks" in change.extrapolated
    assert [line.partition(":")[0] for line in record.refused] == ["startup_founder"]


def test_a_threshold_is_moved_by_one_level_and_never_by_two():
    record = drawn({"threshold": {"low": 1.0}}, personas=40, shift={"threshold": 1})
    assert all(not person.changes for person in record.persons)  # three cards have it as they are
    cards = pool([base.persona for base in BASES], described({"threshold": {"low": 1.0}}, shift={"threshold": 1}))
    levels = {(c.before, c.after) for one in cards.candidates for c in one.changes}
    assert levels == {("low", "medium"), ("medium", "low"), ("medium", "high"), ("high", "medium")}


def test_weights_say_how_often_a_base_is_drawn_and_the_effective_number_follows():
    even = drawn({"context": {"casual": 0.5, "work": 0.5}}, personas=24)
    assert set(even.drawn_bases.values()) == {2} and even.effective_bases == pytest.approx(12.0)
    heavy = drawn({"threshold": {"high": 1.0}}, personas=24, sample={"exam_student": 3})
    assert sorted(heavy.drawn_bases.values()) == [4, 4, 4, 12] and heavy.drawn_bases["exam_student"] == 12
    counts = heavy.drawn_bases.values()
    assert heavy.effective_bases == pytest.approx(24**2 / sum(count**2 for count in counts))


def test_a_share_of_mixtures_is_drawn_as_it_is_wanted():
    record = drawn({"context": {"work": 1.0}}, personas=10, mix={"share": 0.3, "weight": 0.4})
    mixed = [person for person in record.persons if any(c.how.startswith("mixed with 0.4 of") for c in person.changes)]
    assert len(mixed) == 3 and reached(record)["mixed", "mixed"] == 0.3


def test_the_seed_decides_between_equals_and_brings_the_same_persons_back():
    wanted = {"threshold": {"high": 1.0}}
    assert drawn(wanted, personas=2, seed=1) == drawn(wanted, personas=2, seed=1)
    others = {tuple(p.base + p.goal for p in drawn(wanted, personas=2, seed=seed).persons) for seed in range(6)}
    assert len(others) > 1


def test_no_sound_base_is_one_line():
    goal = BASES[0].persona.goals[0]
    route = goal.spaces["sdt"]
    stuck = goal.model_copy(update={"spaces": {"sdt": route.model_copy(update={"target": route.start})}})
    persona = BASES[0].persona.model_copy(update={"goals": (stuck,)})
    with pytest.raises(UsageError, match="no base persona can be drawn: apprentice_electrician, as it is: the target"):
        pool([persona], described({"threshold": {"low": 1.0}}))
