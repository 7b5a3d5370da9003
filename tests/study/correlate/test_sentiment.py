from __future__ import annotations

from empa_graph.models.dialogue import Message
from empa_graph.study.correlate.sentiment import sentiment


def said(*texts: tuple[str, str]) -> list[Message]:
    return [Message(turn=1, speaker=speaker, content=text) for speaker, text in texts]  # type: ignore[arg-type]


def test_pleasant_words_count_up_and_unpleasant_ones_down():
    found = sentiment(
        said(("persona", "I am sad and lonely."), ("empathic", "I am glad; good, and sad."), ("persona", "x"))
    )
    assert found == (1 / 3, -1.0, 0.0)


def test_a_negation_turns_a_word_over():
    assert sentiment(said(("empathic", "It is not bad, and I don\u2019t feel sad.")))[0] == 1.0
    assert sentiment(said(("empathic", "Not so far from home it was bad.")))[0] == -1.0


def test_the_end_is_the_last_third_of_what_the_person_says():
    texts = [("persona", "I am sad.")] * 4 + [("persona", "Thanks, better.")] * 2
    assert sentiment(said(*texts))[1:] == (0.0, 1.0)


def test_nothing_said_is_nothing_felt():
    assert sentiment([]) == (0.0, 0.0, 0.0)
