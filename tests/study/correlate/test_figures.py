from __future__ import annotations

import math

from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.behaviour import Code
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode, Score
from empa_graph.models.latent import Step
from empa_graph.models.record import Record
from empa_graph.study.correlate.figures import ends, figures, is_part, reply_length
from tests.records import episode, score

ITEMS = (Item(dimension="calm", progress=1, progress_evidence="x", regress=0),)
JUDGED = Assessment(evaluator="cues", items=ITEMS, codes=(Code(behaviour="validating", strength=0.5, evidence="x"),))


def test_the_score_of_a_conversation_is_there_by_name():
    found = figures(episode())
    assert (found["composite"], found["alignment_index"], found["stability"]) == (50.0, 0.5, 0.5)
    assert found["movement"] > 0.0 and found["turns"] == 1.0 and found["length"] == 2.0


def test_what_is_no_metric_of_what_was_said_is_left_out():
    assert {"seed", "repeat", "schema_version", "coverage", "scored", "success"} & set(figures(episode())) == set()


def test_without_a_score_only_what_needs_none_is_there():
    assert figures(episode(score=None, unscored="no turn was judged", evaluator="judge")) == {"length": 2.0}


class _Axes(Record):
    validating: float
    advice: float | None = None


class _Support(Record):
    value: float
    low: float
    high: float
    axes: _Axes
    provisional: bool = False


class _Later(Episode):
    support: _Support
    felt: float | None = None


def test_a_new_field_of_the_record_appears_by_itself():
    own = _Support(value=0.7, low=0.6, high=0.8, axes=_Axes(validating=1.5))
    fields = {name: getattr(episode(), name) for name in Episode.model_fields if name not in ("support", "felt")}
    found = figures(_Later(**fields, support=own, felt=0.4))
    assert (found["support"], found["support.axes.validating"], found["felt"]) == (0.7, 1.5, 0.4)
    assert {"support.low", "support.provisional", "support.axes.advice"} & set(found) == set()


def test_every_behaviour_has_a_mean_where_it_was_coded():
    latent = episode().latent
    two = latent.model_copy(update={"steps": ()}).extended(Step(turn=1, increment=(0.1, 0.0), assessment=JUDGED))
    two = two.extended(Step(turn=2, increment=(0.0, 0.0), assessment=JUDGED.model_copy(update={"codes": ()})))
    found = figures(episode(latent=two))
    assert (found["code.validating"], found["code.dismissing"]) == (0.25, 0.0)
    assert found["progress_level"] == 1.0 and found["progress_level.calm"] == 1.0
    assert not any(name.startswith("code.") for name in figures(episode(evaluator="judge")))


def test_only_finite_numbers_count():
    odd = Score.model_construct(**(score().model_dump() | {"impact": math.inf}))
    assert "impact" not in figures(Episode.model_construct(**(dict(episode()) | {"score": odd})))


def test_parts_and_ends_are_told_by_name():
    assert is_part("code.validating") and is_part("movement.calm") and not is_part("composite")
    assert (ends("composite"), ends("movement"), ends("x")) == ((0.0, 100.0), None, None)


def test_the_length_is_of_a_turn_and_not_of_a_message():
    said = tuple(Message(turn=1, speaker="empathic", content="one two") for _ in range(3))
    assert reply_length(episode(messages=said)) == 6.0
    assert reply_length(episode(messages=())) == 0.0
