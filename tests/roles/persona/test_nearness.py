from __future__ import annotations

import numpy as np
import pytest

from empa_graph.cues.nearness import Vector
from empa_graph.roles.persona.nearness import SentenceNearness, shared_words


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
