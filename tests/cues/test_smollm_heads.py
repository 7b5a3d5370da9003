from __future__ import annotations

import importlib
from itertools import cycle
from pathlib import Path

import numpy as np
import pytest

from empa_graph.cues.context import CueContext
from empa_graph.cues.pair_heads import PairHeads, pair_hash
from empa_graph.cues.smollm import LONGEST, opened, tokenizer
from empa_graph.cues.smollm_heads import (
    CHANGED,
    PERSON_TOKENS,
    REPLY_TOKENS,
    SHIPPED,
    SMOLLM,
    pair,
    pooled,
    shipped_smollm_ensemble,
    shipped_smollm_heads,
)
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import BEHAVIOURS
from tests.embeddings import needs_smollm

COUNT = len(BEHAVIOURS)
CONTEXT = CueContext(person=("My boiler broke again.", "I slept in my coat."), replies=("That sounds cold.",))
TEXTS = ("A coat indoors. What was that night like?", "You should ring a plumber.", "Cold " * 300)
HOSTILE = ("", "\ud800", "?" * 30_000, "\u202e\u0000", "皆さん " * 900, "<|im_end|>" * 200, "x" * 30_000, "\n" * 9_000)


def test_what_is_pooled_is_the_mean_over_the_reply_and_its_last_state():
    states = np.array([[9.0, 9.0], [1.0, 3.0], [3.0, 5.0], [0.0, 0.0]], dtype=np.float32)
    both = np.array([2.0, 4.0, 0.0, 0.0])
    assert pooled(states, 1) == pytest.approx((both - both.mean()) / both.std(), abs=1e-4)


@needs_smollm
def test_a_pair_is_a_conversation_of_the_last_two_messages_and_the_reply():
    words = tokenizer(opened())
    ids, first = pair(words, " Cold. ", ("Hello.", *CONTEXT.person))
    spelled = [words.id_to_token(place) for place in ids]
    assert "".join(spelled[:first]) == (
        "Conversation:ĊPerson:ĠMyĠboilerĠbrokeĠagain.ĊPerson:ĠIĠsleptĠinĠmyĠcoat.ĊListener:"
    )
    assert spelled[first:] == ["ĠCold", ".", "Ċ"]


@needs_smollm
@pytest.mark.parametrize("text", HOSTILE)
def test_of_long_and_hostile_text_no_more_is_read_than_is_allowed(text: str):
    words = tokenizer(opened())
    ids, first = pair(words, text, (text, text))
    frame = len(pair(words, "", ())[0]) - 1
    assert 1 < len(ids) - first <= REPLY_TOKENS + 1
    assert len(ids) <= frame + PERSON_TOKENS + REPLY_TOKENS < LONGEST


@needs_smollm
def test_of_long_messages_the_end_is_read_and_of_a_long_reply_both_ends():
    words = tokenizer(opened())
    ids, first = pair(words, "begin" + " so" * 900 + " end", ("no" + " no" * 900 + " yes",))
    spelled = [words.id_to_token(place) for place in ids]
    assert (spelled[first], spelled[-2], len(ids) - first) == ("Ġbegin", "Ġend", REPLY_TOKENS + 1)
    assert spelled[first - 5 : first] == ["Ġyes", "Ċ", "List", "ener", ":"]


@needs_smollm
@pytest.mark.parametrize("content", [None, b"", b"\xff" * 20, (2).to_bytes(8, "little") + b"{}"])
def test_a_file_that_holds_no_heads_is_refused(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "w").write_bytes(content)
    with pytest.raises(ContentError, match="no behaviour heads for SmolLM2"):
        PairHeads(tmp_path / "w", SMOLLM)


@needs_smollm
def test_strengths_depend_on_the_pair_alone_and_lie_between_0_and_4():
    heads, other = shipped_smollm_heads(), PairHeads(SHIPPED, SMOLLM)
    alone = [heads.strengths(text, CONTEXT) for text in TEXTS]
    assert all(tuple(found) == BEHAVIOURS for found in alone)
    assert [other.strengths(text, CONTEXT) for text in reversed(TEXTS)] == alone[::-1]
    assert alone[0] == heads.strengths(TEXTS[0], CueContext(person=("Hello.", *CONTEXT.person)))
    assert alone[0] != heads.strengths(TEXTS[0], CueContext(person=("I slept in my coat.",)))
    for text, person in zip(HOSTILE, cycle([(), ("", "\udfff"), ("no " * 900,)])):
        assert all(0.0 <= s <= 4.0 for s in heads.strengths(text, CueContext(person=person)).values())


@needs_smollm
def test_a_fixed_pair_has_the_strengths_that_were_kept():
    found = shipped_smollm_ensemble().strengths(TEXTS[0], CONTEXT)
    assert {name: found[name] for name in KEPT} == pytest.approx(KEPT, abs=0.02)


@needs_smollm
def test_the_hash_is_that_of_the_model_and_the_weights(tmp_path: Path):
    (tmp_path / "w").write_bytes(b"other")
    found = {pair_hash(SHIPPED, SMOLLM), pair_hash(SHIPPED), pair_hash(tmp_path / "w", SMOLLM)}
    assert len(found) == 3 and shipped_smollm_heads().sha256 == pair_hash(SHIPPED, SMOLLM)


@needs_smollm
def test_the_arithmetic_is_that_of_the_training(monkeypatch: pytest.MonkeyPatch):
    torch = pytest.importorskip("torch")
    from empa_graph.cues.minilm import tensors_of

    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    lora = importlib.import_module("smollm_lora")
    held = tensors_of(SHIPPED)
    net = lora.StateNet(opened(), precision=torch.float32)
    with torch.no_grad():
        for name in CHANGED:
            net.a[lora.key(name)].copy_(torch.from_numpy(held[f"{name}.a"]))
            net.b[lora.key(name)].copy_(torch.from_numpy(held[f"{name}.b"]))
        net.head.weight.copy_(torch.from_numpy(held["head"]))
        net.head.bias.copy_(torch.from_numpy(held["bias"]))
    words = tokenizer(opened())
    begun = net.begun([pair(words, text, CONTEXT.person) for text in TEXTS])
    mine = np.array([shipped_smollm_heads().sums(text, CONTEXT) for text in TEXTS])
    assert mine == pytest.approx(importlib.import_module("minilm_lora").predicted(net, begun), abs=1e-3)


@needs_smollm
def test_the_shipped_heads_tell_a_question_from_advice_and_from_talk_of_oneself():
    heads = shipped_smollm_heads()
    assert ((heads.share >= 0.0) & (heads.share <= 1.0)).all() and heads.share.max() > 0.0
    said = CueContext(person=("My mother died in March and I still set the table for two.",))
    replies = {
        "eliciting": "What was it like to eat with her?",
        "advising": "You should join a grief group and put her plate away in a box tonight.",
        "self_turning": "When my father died I did the same, I cried for a month and I still keep his watch.",
    }
    found = {behaviour: heads.strengths(reply, said) for behaviour, reply in replies.items()}
    for behaviour in replies:
        assert found[behaviour][behaviour] > 2.0
        assert all(found[other][behaviour] < 1.0 for other in replies if other != behaviour)


KEPT = {"eliciting": 3.564, "understanding": 0.705, "advising": 0.012}
"""Of the weights that ship, with the light heads at their shares; numerical libraries differ in the last digits."""
