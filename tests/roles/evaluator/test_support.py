from __future__ import annotations

import pytest

from empa_graph.cues.felt import felt
from empa_graph.models.dialogue import Message
from empa_graph.roles.evaluator.support import felt_of, support_of
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


CHINESE = [person(1, "\u6211\u4eca\u5929\u5f88\u96be\u53d7"), agent(1, "\u53d1\u751f\u4e86\u4ec0\u4e48")]


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
