from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empa_graph.cues.packed import packed
from empa_graph.cues.sentence_vectors import SHIPPED, STEM, SentenceVectors, sentence_grams, sentence_vectors
from empa_graph.errors import ContentError

LARGEST = 1_500_000
"""Bytes of the file."""


def small() -> SentenceVectors:
    vectors = np.array([[3, 0], [0, 4], [0, 3]], dtype=np.int8)
    return SentenceVectors({"bell": 0, "gate": 1, f"{STEM}gate": 2}, vectors)


def test_words_and_their_stems_are_counted() -> None:
    assert sentence_grams("Bells and bells") == {"bells": 2, "and": 1, f"{STEM}bell": 2, f"{STEM}and": 1}


def test_the_cosine_is_that_of_the_sums() -> None:
    assert small().cosine("bell", "the bell") == 1.0
    assert small().cosine("bell", "gates") == 0.0
    assert small().cosine("bell gate", "bell") == pytest.approx(3 / 58**0.5, abs=1e-6)


def test_a_text_without_a_known_word_is_near_to_nothing() -> None:
    assert small().cosine("unheard", "bell") == small().cosine("", "") == 0.0


def test_how_often_a_word_stands_counts_by_its_logarithm() -> None:
    many = small().cosine("bell " * 500 + "gate", "bell")
    assert small().cosine("bell gate", "bell") < many < 1.0


def test_vectors_are_read_as_they_were_saved(tmp_path: Path) -> None:
    small().saved(tmp_path / "vectors.safetensors")
    again = SentenceVectors.read(tmp_path / "vectors.safetensors")
    assert again.cosine("bell gate", "bell") == small().cosine("bell gate", "bell")


@pytest.mark.parametrize("content", [b"", b"12345678", (4).to_bytes(8, "little") + b"null", bytes(9)])
def test_a_file_without_vectors_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "vectors.safetensors").write_bytes(content)
    with pytest.raises(ContentError, match=r"vectors\.safetensors: holds no vectors of words"):
        SentenceVectors.read(tmp_path / "vectors.safetensors")


def test_vectors_for_other_words_than_there_are_are_refused(tmp_path: Path) -> None:
    grams = np.frombuffer(b"bell\ngate", dtype="u1")
    (tmp_path / "v.safetensors").write_bytes(packed({"vectors": np.zeros((3, 2), dtype=np.int8), "grams": grams}))
    with pytest.raises(ContentError, match="not for 2 words"):
        SentenceVectors.read(tmp_path / "v.safetensors")


def test_the_shipped_vectors_are_small_and_know_what_lies_near() -> None:
    assert SHIPPED.stat().st_size < LARGEST
    near = sentence_vectors().cosine
    assert near("the doctor at the ward", "a nurse in the hospital") > near(
        "the doctor at the ward", "the price of bread"
    )
