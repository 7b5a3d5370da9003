from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from empa_graph.cues import ngrams
from empa_graph.cues.context import CueContext
from empa_graph.cues.heads import NAMES, Heads, figures, shipped_heads
from empa_graph.cues.ngrams import Block, character_grams, learned, word_grams
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import BEHAVIOURS

CONTEXT = CueContext(person=("My boiler broke again.", "I slept in my coat."), replies=("That sounds cold.",))


def small() -> Heads:
    """Heads of three grams a block, with weights that can be added up by hand."""
    blocks = {
        "words": Block({"coat": 0, "you should": 1, "?": 2}, np.array([2.0, 1.0, 1.0])),
        "characters": Block({" coa": 0}, np.array([1.0])),
        "person": Block({"slept": 0}, np.array([1.0])),
    }
    count = len(BEHAVIOURS)
    weights = np.zeros((5 + len(NAMES), count), dtype=np.int8)
    weights[0, 2], weights[1, 3], weights[3, 2], weights[4, 2] = 10, 20, 4, 3
    knots = np.tile(np.array([[0.0, 0.0], [10.0, 4.0]]), (count, 1, 1))
    ones, zeros = np.ones(count), np.zeros(count)
    return Heads(blocks, weights, 0.5 * ones, zeros, np.zeros(len(NAMES)), np.ones(len(NAMES)), knots)


def test_word_grams_are_runs_of_one_to_three_words_and_marks():
    assert word_grams("You\u2019re cold, no?") == Counter(
        ["you're", "cold", "no", "?", "you're cold", "cold no", "no ?", "you're cold no", "cold no ?"]
    )


def test_character_grams_stay_inside_a_word():
    assert character_grams("ab c") == Counter([" a", "ab", "b ", " ab", "ab ", " ab ", " c", "c ", " c "])


def test_a_vector_has_length_one_and_leaves_out_what_is_unknown():
    block = learned([Counter(["a", "b"]), Counter(["a"])], fewest=1)
    places, values = block.vector(Counter({"a": 3, "unheard": 7}))
    assert list(places) == [0]
    assert values == pytest.approx([1.0])
    assert block.idf == pytest.approx([1.0, np.log(3 / 2) + 1.0])


def test_looking_up_the_grams_of_each_word_gives_the_same_vector_and_keeps_no_endless_word():
    text = "The coat, the coat's colour and caf\u00e9s " + "co" * 5_000
    block = learned([character_grams(text), character_grams("a coat")], fewest=1)
    kept = ngrams._kept.cache_info().currsize
    for found, expected in zip(block.read(character_grams, text), block.vector(character_grams(text)), strict=True):
        assert found.tolist() == expected.tolist()
    assert ngrams._kept.cache_info().currsize == kept + len(set(text.lower().split())) - 1


def test_strengths_add_up_the_blocks_and_are_calibrated():
    found = small().strengths("coat", CONTEXT)
    # 0.5 * (10 + 4 + 1.0 * 3) = 8.5, and four tenths of that by the knots.
    assert found["understanding"] == pytest.approx(3.4)
    assert found["advising"] == 0.0


def test_what_is_saved_reads_the_same(tmp_path: Path):
    small().saved(tmp_path / "w.safetensors")
    read = Heads.read(tmp_path / "w.safetensors")
    assert read.strengths("You should buy a coat?", CONTEXT) == small().strengths("You should buy a coat?", CONTEXT)
    assert len(read.sha256) == 64


@pytest.mark.parametrize("content", [b"", b"\xff" * 20, (2).to_bytes(8, "little") + b"{}"])
def test_a_file_that_holds_no_heads_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "w").write_bytes(content)
    with pytest.raises(ContentError, match="behaviour heads"):
        Heads.read(tmp_path / "w")


@pytest.mark.parametrize("reply", ["", "\ud800", "?" * 30_000, "\u202e\u0000", "coat " * 9_000])
def test_any_text_has_figures_and_strengths(reply: str):
    assert len(figures(reply, CONTEXT)) == len(NAMES)
    assert all(0.0 <= value <= 4.0 for value in small().strengths(reply, CONTEXT).values())


def test_a_repeated_reply_is_told_by_its_runs_of_three_words():
    place = NAMES.index("repeated")
    assert figures("That sounds cold.", CONTEXT)[place] == 1.0
    assert figures("That was the last straw.", CONTEXT)[place] == 0.0


@pytest.mark.parametrize("unseen", ["\u200b", "\u2060", "\u200e", "\ufeff", "\u00ad", "\x00"])
def test_what_nobody_sees_changes_no_strength(unseen: str):
    said = "So your coat was all you had. What kept you going?"
    plain = shipped_heads().strengths(said, CONTEXT)
    for reply in (said + unseen, unseen + said, said.replace(" coat", f"{unseen} coat")):
        assert shipped_heads().strengths(reply, CONTEXT) == plain


@pytest.mark.parametrize("end", ["", " \U0001f642", "**", " :)", '"'])
def test_a_question_is_one_whatever_stands_behind_its_mark(end: str):
    assert figures(f"That is a lot. What kept you going?{end}", CONTEXT)[NAMES.index("asks_last")] == 1.0
    assert figures(f"What kept you going? That is a lot.{end}", CONTEXT)[NAMES.index("asks_last")] == 0.0
