from __future__ import annotations

from collections.abc import Mapping

import pytest

from empa_graph import CueEvaluator, load_rubric
from empa_graph.cues.context import CueContext
from empa_graph.cues.felt import felt
from empa_graph.models.behaviour import BEHAVIOURS, Behaviour
from empa_graph.models.dialogue import Message
from empa_graph.roles.evaluator.offline import OFFLINE
from empa_graph.roles.evaluator.support import LIGHT, felt_of, support_of, support_of_last, supporting
from tests.scripted_parts import agent, person

TURNS = (
    (("They moved my desk.", "Nobody told me!"), ("That hurts.", "Nobody told you?")),
    (("Yes, exactly.", "I was so angry."), ("You had every reason.",)),
    (("Thank you.", "It helps to say it!"), ("I am glad.", "What now?")),
)
SPLIT = [
    make(number, text)
    for number, (said, answered) in enumerate(TURNS, start=1)
    for make, texts in ((person, said), (agent, answered))
    for text in texts
]
JOINED = [
    make(number, "\n".join(texts))
    for number, (said, answered) in enumerate(TURNS, start=1)
    for make, texts in ((person, said), (agent, answered))
]


def test_a_feeling_is_foretold_from_one_text_a_turn_as_the_weights_were_trained():
    split, joined = (felt_of(said, support_of(said), own_words=True) for said in (SPLIT, JOINED))
    assert split == joined and split.value is not None
    support = support_of(SPLIT)
    assert support is not None
    texts = [[m.content for m in SPLIT if m.speaker == side] for side in ("persona", "empathic")]
    assert felt(*texts, support.axes, own_words=True).value != split.value


@pytest.mark.parametrize(
    ("messages", "own_words", "cause"),
    [
        (SPLIT, False, "card_lines"),
        (SPLIT[:4], True, "too_short"),
        ([person(1, "Hello?"), agent(1, " ")], True, "too_short"),
        ([], False, "card_lines"),
        (
            [person(1, "\u6211\u4eca\u5929\u5f88\u96be\u53d7"), agent(1, "\u53d1\u751f\u4e86\u4ec0\u4e48")],
            True,
            "not_english",
        ),
    ],
)
def test_what_is_not_foretold_has_its_cause(messages: list[Message], own_words: bool, cause: str):
    found = felt_of(messages, support_of(messages), own_words=own_words)
    assert (found.value, found.cause) == (None, cause)


class Flat:
    """Codes every reply alike, and no behaviour but one."""

    sha256 = "0" * 64

    def __init__(self, behaviour: Behaviour, strength: float) -> None:
        self._codes = dict.fromkeys(BEHAVIOURS, 0.0) | {behaviour: strength}

    def strengths(self, reply: str, context: CueContext) -> Mapping[Behaviour, float]:
        return self._codes

    def telling(self, reply: str, behaviour: Behaviour) -> float:
        return 0.0


def test_an_offline_evaluator_codes_support_too_and_is_placed_among_supporters_that_it_coded():
    rubric = load_rubric()
    evaluators = [CueEvaluator(rubric, coder=Flat("eliciting", 2.0), name=name) for name in OFFLINE]
    found = [placed for evaluator in evaluators if (placed := support_of(SPLIT, supporting(evaluator))) is not None]
    light = found[0]
    assert tuple(placed.coder for placed in found) == OFFLINE
    assert all(placed.axes == light.axes for placed in found)
    assert len({placed.value for placed in found}) == len(OFFLINE)
    assert light.axes["eliciting"] == 2.0 and light.axes["advising"] == 0.0


def test_a_feeling_is_foretold_from_the_codes_of_cues_whoever_codes_support():
    by = supporting(CueEvaluator(load_rubric(), coder=Flat("dismissing", 4.0), name=OFFLINE[1]))
    other = support_of(SPLIT, by)
    assert other != support_of(SPLIT)
    assert felt_of(SPLIT, other, own_words=True) == felt_of(SPLIT, support_of(SPLIT), own_words=True)


def test_few_replies_leave_a_language_in_doubt_that_the_whole_conversation_tells():
    said = [
        person(1, "Ich kann seit Wochen nicht schlafen, weil mein Chef mich jeden Tag vor allen anderen tadelt."),
        agent(1, "Woran denkst du, wenn du wach liegst?"),
    ]
    assert support_of(said) is None and support_of_last(said) is None
    assert support_of([person(1, "I cannot sleep."), said[1]]) is not None


@pytest.mark.parametrize("evaluator", [object(), CueEvaluator(load_rubric(), coder=Flat("eliciting", 1.0), name="own")])
def test_support_beside_any_other_evaluator_is_coded_by_cues(evaluator: object):
    assert supporting(evaluator) == LIGHT
