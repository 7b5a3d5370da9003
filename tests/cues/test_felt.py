from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from empa_graph.cues.felt import NAMES, OWN, SHIPPED, FeltWeights, felt, figures, shipped_weights
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import AXES, Behaviour
from empa_graph.models.support import NoFelt

NOTHING: dict[Behaviour, float] = dict.fromkeys(AXES, 0.0)
LISTENED: dict[Behaviour, float] = {**NOTHING, "validating": 2.5, "understanding": 2.5}
REPLIES = (
    "That sounds like a lot to carry, and on your own.",
    "Of course you were hurt, you had counted on her.",
    "And it is the silence since then that stays with you.",
)
THANKFUL = (
    "My sister did not come to my wedding and I am sad.",
    "Yes, exactly. I was so hurt, and it helps that you see it.",
    "Thank you so much, you are kind and I feel better!",
)
CROSS = (
    "My sister did not come to my wedding and I am sad.",
    "What? I just told you that she did not come.",
    "That is rude. Why do you repeat that again?",
)


def flat(**weights: float) -> FeltWeights:
    """Weights of figures that are not standardised, 0 but for those that are named."""
    zeros, ones = dict.fromkeys(NAMES, 0.0), dict.fromkeys(NAMES, 1.0)
    texts = {"source": "a test", "licence": "none", "use": "any", "coder": ""}
    return FeltWeights(centre=zeros, spread=ones, weights={**zeros, **weights}, bias=3.0, **texts)


def test_figures_are_what_the_names_say():
    found = dict(zip(NAMES, figures(THANKFUL, REPLIES, LISTENED), strict=True))
    assert found["validating"] == pytest.approx(math.sqrt(2.5))
    assert found["advising"] == 0.0
    assert 0.0 < found["style"] < 1.0
    assert found["thanks"] == 0.5
    assert found["thanks_last"] == 1.0
    assert found["exclamations"] == 0.5
    assert found["questions"] == 0.0
    assert found["log_words"] == pytest.approx((math.log1p(13) + math.log1p(11)) / 2)
    assert found["sentiment_trend"] > 0.0


def test_the_value_is_the_rating_on_a_scale_from_0_to_1():
    assert felt(CROSS, REPLIES, NOTHING, own_words=True, weights=flat()).value == pytest.approx(0.5)
    weighty = flat(validating=1.0)
    found = felt(CROSS, REPLIES, {**NOTHING, "validating": 1.0}, own_words=True, weights=weighty)
    assert found.value == pytest.approx(0.75)
    assert found.length == pytest.approx(32 / 3)


@pytest.mark.parametrize(("bias", "expected"), [(-40.0, 0.0), (40.0, 1.0)])
def test_no_value_lies_beyond_the_scale(bias: float, expected: float):
    assert felt(CROSS, REPLIES, NOTHING, own_words=True, weights=replace(flat(), bias=bias)).value == expected


def test_a_figure_counts_no_further_than_three_deviations():
    weights = flat(log_words=0.1)
    long = tuple("word " * 5_000 for _ in CROSS)
    assert weights.rating(figures(long, REPLIES, NOTHING)) == pytest.approx(3.3)


def test_who_is_understood_and_gives_thanks_felt_more_than_who_is_repeated_at():
    better = felt(THANKFUL, REPLIES, LISTENED, own_words=True)
    worse = felt(CROSS, ("Have you talked to her?",) * 3, {**NOTHING, "eliciting": 1.5}, own_words=True)
    assert better.value is not None
    assert worse.value is not None
    assert better.value > worse.value + 0.2


def test_how_many_turns_there_were_changes_nothing():
    once = figures(THANKFUL, REPLIES, LISTENED)
    # The opening is left out of some figures, so the answers alone are said twice over.
    twice = figures((THANKFUL[0], *THANKFUL[1:] * 2), REPLIES * 2, LISTENED)
    for name in (*AXES, "sentiment", "thanks", "log_words", "exclamations", "questions"):
        place = NAMES.index(name)
        assert twice[place] == pytest.approx(once[place])


def test_of_the_lines_of_a_card_nothing_is_told():
    found = felt(THANKFUL, REPLIES, LISTENED, own_words=False)
    assert (found.value, found.cause) == (None, "card_lines")
    assert found.length > 0.0


@pytest.mark.parametrize(
    ("person", "replies"),
    [((), ()), (THANKFUL[:2], REPLIES), (THANKFUL, REPLIES[:2]), ((*THANKFUL[:2], " ... "), REPLIES)],
)
def test_too_few_messages_with_words_give_no_value(person: tuple[str, ...], replies: tuple[str, ...]):
    found = felt(person, replies, NOTHING, own_words=True)
    assert (found.value, found.cause) == (None, "too_short")


def test_another_language_gives_no_value():
    said = (
        "Meine Schwester kam nicht zu unserer Hochzeit.",
        "Ich verstehe einfach nicht, warum sie das getan hat.",
        "Danke, das hilft mir wirklich weiter, heute Abend schreibe ich ihr.",
    )
    assert felt(said, REPLIES, NOTHING, own_words=True).cause == "not_english"


@pytest.mark.parametrize("wrong", [{}, {**NOTHING, "advising": 4.1}, {**NOTHING, "advising": math.nan}])
def test_axes_that_are_missing_or_out_of_range_are_refused(wrong: dict[Behaviour, float]):
    with pytest.raises(ValueError, match="axes have the mean code"):
        felt(THANKFUL, REPLIES, wrong, own_words=True)


@pytest.mark.parametrize("text", ["\ud800 a", "thank " * 30_000, "\u202e\x00 x", "a" * 100_000])
def test_any_text_has_a_value_between_0_and_1_or_a_cause(text: str):
    found = felt((text,) * 3, (text,) * 3, NOTHING, own_words=True)
    assert found.cause is not None if found.value is None else 0.0 <= found.value <= 1.0


def test_the_shipped_weights_say_where_they_come_from_and_may_ship():
    weights = shipped_weights()
    assert "iEval" in weights.source
    assert "ESConv" not in weights.source
    assert (weights.licence, weights.use) == ("CC BY 4.0", "any")
    assert len(weights.coder) == len(weights.sha256) == 64
    notice = (Path(__file__).parents[2] / "NOTICE").read_text(encoding="utf-8")
    assert "iEval" in notice
    assert "felt.json" in notice


def test_what_is_saved_reads_the_same(tmp_path: Path):
    shipped_weights().saved(tmp_path / "w.json")
    assert FeltWeights.read(tmp_path / "w.json") == shipped_weights()


def _altered(**changed: object) -> bytes:
    return json.dumps({**json.loads(SHIPPED.read_text(encoding="utf-8")), **changed}).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff",
        b"[]",
        b"{}",
        b"[" * 50_000,
        _altered(bias=None),
        _altered(bias=math.nan),
        _altered(weights={}),
        _altered(weights=dict.fromkeys((*NAMES, "turns"), 1.0)),
        _altered(weights=dict.fromkeys(NAMES, math.inf)),
        _altered(spread=dict.fromkeys(NAMES, 0.0)),
        _altered(centre=[1.0]),
    ],
)
def test_a_file_that_holds_no_weights_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "w.json").write_bytes(content)
    with pytest.raises(ContentError, match="weights of `felt`"):
        FeltWeights.read(tmp_path / "w.json")


def test_the_page_names_every_figure_and_every_cause():
    page = (Path(__file__).parents[2] / "docs" / "felt.md").read_text(encoding="utf-8")
    assert [name for name in (*OWN, *get_args(NoFelt)) if f"`{name}`" not in page] == []
