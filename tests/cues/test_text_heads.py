from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from empa_graph.cues.concepts import concept_grams, phrase_grams
from empa_graph.cues.ngrams import learned, numbered_grams, word_grams
from empa_graph.cues.text_heads import TextHeads
from empa_graph.errors import ContentError

TEXTS = ("ring the bell", "ring the neighbour", "a quiet bell")


def heads() -> TextHeads:
    block = learned(map(word_grams, TEXTS), fewest=1)
    weights = np.zeros((len(block.idf), 2), dtype=np.int8)
    weights[block.vocabulary["bell"], 0] = 100
    return TextHeads({"words": block}, weights, np.array([0.01, 1.0]), np.array([-0.25, 0.5]), np.array([0.0]))


def test_a_head_says_what_its_words_weigh_and_nothing_for_words_it_does_not_know() -> None:
    assert heads().sums("bell").tolist() == pytest.approx([0.75, 0.5])
    assert heads().sums("").tolist() == heads().sums("unheard").tolist() == pytest.approx([-0.25, 0.5])


def test_heads_are_read_as_they_were_saved(tmp_path: Path) -> None:
    heads().saved(tmp_path / "heads.safetensors")
    found = TextHeads.read(tmp_path / "heads.safetensors")
    assert found.sums("ring the bell").tolist() == pytest.approx(heads().sums("ring the bell").tolist(), abs=1e-6)
    assert found.limits.tolist() == [0.0]


@pytest.mark.parametrize("content", [b"", b"12345678", (4).to_bytes(8, "little") + b"null", bytes(9)])
def test_a_file_without_heads_is_refused_by_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "heads.safetensors").write_bytes(content)
    with pytest.raises(ContentError, match=r"heads\.safetensors: holds no heads of texts"):
        TextHeads.read(tmp_path / "heads.safetensors")


def test_weights_of_another_length_than_their_features_are_refused(tmp_path: Path) -> None:
    own = heads()
    short = TextHeads(own.blocks, own.weights[:-1], own.scale, own.bias, own.limits)
    short.saved(tmp_path / "heads.safetensors")
    with pytest.raises(ContentError, match="its weights are not for"):
        TextHeads.read(tmp_path / "heads.safetensors")


def test_ideas_are_paired_where_they_share_a_clause_a_sentence_or_the_text() -> None:
    found = concept_grams("I bought a rope. I want to die")
    assert {"rope", "die", "c:collect+rope", "s:die+want", "t:die+rope"} <= found.keys()
    assert "s:die+rope" not in found
    assert set(found.values()) == {1} and not concept_grams("")


def test_a_phrase_that_overlaps_with_a_figure_of_speech_is_none() -> None:
    assert phrase_grams("I want to die.").keys() >= {"danger"}
    assert "danger" not in phrase_grams("I want to end it with my boyfriend.")
    assert phrase_grams("The bus was late.").keys() == {"no phrase"}


def test_every_number_is_the_same_word() -> None:
    assert numbered_grams("ring 116 123") == numbered_grams("ring 112 999")
