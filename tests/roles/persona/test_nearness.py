from __future__ import annotations

import numpy as np
import pytest

from empa_graph.cues.nearness import Vector
from empa_graph.roles.persona.nearness import SentenceNearness, nearness_named, shared_words, word_vectors


def test_words_that_fewer_lines_have_count_more() -> None:
    lines = ["The corridor and the desk.", "The corridor and the rain.", "The corridor at night."]
    near = shared_words("A desk in the corridor?", lines)
    assert near[0] > near[1] == near[2] > 0


def test_a_shared_topic_counts_a_little_without_a_shared_word() -> None:
    near = shared_words("How is your mum?", ["My mother hums.", "The bus is late."])
    assert near[0] > near[1] == 0


def test_an_embedder_measures_by_the_cosine() -> None:
    class Letters:
        name = "letters"

        def __call__(self, text: str) -> Vector:
            counts = np.array([text.count("a"), text.count("b")], dtype=np.float64)
            return counts / np.linalg.norm(counts)

    assert SentenceNearness(Letters())("aaa", ["aa", "ab", "bb"]) == pytest.approx([1.0, 0.5**0.5, 0.0])


def test_vectors_know_words_that_mean_alike_where_none_is_shared() -> None:
    lines = ["The invoice was wrong again.", "My sister rang from the hospital.", "It rained on the washing."]
    reply = "Was it the doctor who told her?"
    assert not any(shared_words(reply, lines))
    near = word_vectors(reply, lines)
    assert near.index(max(near)) == 1


def test_after_a_reply_without_content_no_line_is_nearer_than_another() -> None:
    assert len(set(word_vectors("And you?", ["The bus.", "A long story about my mother.", "No."]))) == 1


def test_words_decide_in_a_language_that_the_vectors_do_not_know() -> None:
    near = word_vectors(
        "\u041a\u0430\u043a \u0441\u0430\u0434?",
        ["\u041e\u043d \u0437\u0434\u0435\u0441\u044c.", "\u041c\u043e\u0439 \u0441\u0430\u0434."],
    )
    assert near[1] > near[0] == 0


def test_a_nearness_has_the_name_of_its_setting() -> None:
    assert (nearness_named("vectors"), nearness_named("words")) == (word_vectors, shared_words)
