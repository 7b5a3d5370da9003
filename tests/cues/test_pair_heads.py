from __future__ import annotations

import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from empa_graph.cues.context import CueContext
from empa_graph.cues.pair_heads import (
    DENSE,
    PERSON_TOKENS,
    REPLY_TOKENS,
    Ensemble,
    PairHeads,
    merged,
    pair,
    shipped_pair_heads,
)
from empa_graph.errors import ContentError
from empa_graph.models.behaviour import BEHAVIOURS, Behaviour
from tests.embeddings import needs_minilm

COUNT = len(BEHAVIOURS)
CONTEXT = CueContext(person=("My boiler broke again.", "I slept in my coat."), replies=("That sounds cold.",))
TEXTS = ("A coat indoors. What was that night like?", "You should ring a plumber.", "Cold " * 300)


class Letters:
    """A tokenizer whose tokens are the letters."""

    def token_to_id(self, mark: str) -> int:
        return {"[CLS]": 1, "[SEP]": 2}[mark]

    def encode(self, text: str, *, add_special_tokens: bool) -> Any:
        assert not add_special_tokens
        return SimpleNamespace(ids=[ord(letter) for letter in text])


class Fixed:
    """A coder that always gives one strength."""

    def __init__(self, strength: float) -> None:
        self.sha256, self.strength = str(strength), strength

    def strengths(self, reply: str, context: CueContext) -> Mapping[Behaviour, float]:
        return dict.fromkeys(BEHAVIOURS, self.strength)


def test_a_pair_is_the_last_two_messages_and_the_reply_each_ended_by_a_mark():
    a, b, c, d = map(ord, "abcd")
    assert pair(Letters(), "d", ("a", "b", "c")) == ((1, b, 2, c, 2, d, 2), 5)
    assert pair(Letters(), "d", ("a",)) == ((1, a, 2, d, 2), 3)
    assert pair(Letters(), "", ()) == ((1, 2), 1)


def test_of_long_messages_the_end_is_read_and_of_a_long_reply_both_ends():
    ids, first = pair(Letters(), "d" + "e" * 999 + "f", ("a" * 999 + "b",))
    assert (first, len(ids)) == (1 + PERSON_TOKENS, 2 + PERSON_TOKENS + REPLY_TOKENS)
    assert ids[first - 3 : first + 1] == (ord("a"), ord("b"), 2, ord("d"))
    assert ids[-2:] == (ord("f"), 2)


def test_a_delta_is_added_to_its_layer_alone():
    tensors = {f"{name}.weight": np.ones((3, 2), dtype=np.float32) for name in DENSE} | {"other": np.zeros(2)}
    deltas = {f"{name}.a": np.array([[1.0, 2.0]]) for name in DENSE}
    deltas |= {f"{name}.b": np.zeros((3, 1)) for name in DENSE}
    deltas[f"{DENSE[0]}.b"] = np.array([[1.0], [0.0], [-1.0]])
    found = merged(tensors, deltas)
    assert found[f"{DENSE[0]}.weight"].tolist() == [[2.0, 3.0], [1.0, 1.0], [0.0, -1.0]]
    assert found[f"{DENSE[1]}.weight"].tolist() == [[1.0, 1.0]] * 3
    assert found["other"] is tensors["other"]
    with pytest.raises(ValueError, match="does not fit"):
        merged(tensors, {**deltas, f"{DENSE[2]}.a": np.zeros((1, 5))})
    with pytest.raises(KeyError):
        merged(tensors, {})


def test_an_ensemble_gives_each_coder_its_share():
    share = [0.0, 1.0, 0.25, *[0.5] * (COUNT - 3)]
    found = list(Ensemble(Fixed(1.0), Fixed(3.0), share).strengths("", CONTEXT).values())
    assert found == pytest.approx([1.0, 3.0, 1.5, *[2.0] * (COUNT - 3)])


def test_the_hash_of_an_ensemble_is_that_of_its_coders_and_shares():
    made = [(Fixed(1.0), Fixed(2.0), 0.5), (Fixed(1.0), Fixed(3.0), 0.5), (Fixed(1.0), Fixed(2.0), 0.25)]
    assert len({Ensemble(one, other, [share] * COUNT).sha256 for one, other, share in made}) == 3
    with pytest.raises(ValueError, match="zip"):
        Ensemble(Fixed(1.0), Fixed(2.0), [0.5])


@needs_minilm
@pytest.mark.parametrize("content", [None, b"", b"\xff" * 20, (2).to_bytes(8, "little") + b"{}"])
def test_a_file_that_holds_no_heads_is_refused(tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "w").write_bytes(content)
    with pytest.raises(ContentError, match="no behaviour heads for MiniLM"):
        PairHeads(tmp_path / "w")


def written(file: Path, head: np.ndarray, delta: float = 0.0) -> Path:
    """Write heads whose sums are those of ``head`` (B, 768), with random deltas of size ``delta``."""
    from safetensors.numpy import save_file

    random = np.random.default_rng(0)
    wide = {"intermediate": (384, 1536), "output.dense": (1536, 384)}
    arrays: dict[str, np.ndarray] = {"head": head, "bias": np.zeros(len(head)), "share": np.zeros(COUNT)}
    arrays["knots"] = np.tile(np.array([[0.0, 0.0], [4.0, 4.0]]), (COUNT, 1, 1))
    for name in DENSE:
        size = next((s for part, s in wide.items() if part in name and "attention" not in name), (384, 384))
        arrays[f"{name}.a"] = random.normal(size=(2, size[0]))
        arrays[f"{name}.b"] = random.normal(size=(size[1], 2)) * delta
    save_file({name: array.astype(np.float16) for name, array in arrays.items()}, file)
    return file


@needs_minilm
def test_heads_of_another_number_of_behaviours_are_refused(tmp_path: Path):
    with pytest.raises(ContentError, match=f"not for {COUNT} behaviours"):
        PairHeads(written(tmp_path / "w", np.zeros((COUNT - 1, 768))))


@needs_minilm
def test_strengths_depend_on_the_pair_alone_and_lie_between_0_and_4(tmp_path: Path):
    heads = PairHeads(written(tmp_path / "w", np.random.default_rng(1).normal(size=(COUNT, 768)), delta=0.01))
    found = heads.strengths(TEXTS[0], CONTEXT)
    assert tuple(found) == BEHAVIOURS
    assert found == heads.strengths(TEXTS[0], CueContext(person=("Hello.", *CONTEXT.person)))
    assert found != heads.strengths(TEXTS[0], CueContext(person=("I slept in my coat.",)))
    for text in ("", "\ud800", "?" * 30_000, "\u202e\u0000", "皆さん " * 900):
        for person in ((), ("", "\udfff"), ("no " * 900,)):
            assert all(0.0 <= s <= 4.0 for s in heads.strengths(text, CueContext(person=person)).values())


@needs_minilm
def test_the_arithmetic_is_that_of_the_training(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    torch = pytest.importorskip("torch")
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    found = importlib.util.find_spec("minilm_lora")
    assert found is not None and found.loader is not None
    lora = importlib.util.module_from_spec(found)
    monkeypatch.setitem(sys.modules, "minilm_lora", lora)
    found.loader.exec_module(lora)
    from empa_graph.cues.minilm import installed, opened, tensors_of

    path = written(tmp_path / "w", np.random.default_rng(1).normal(size=(COUNT, 768)) * 0.1, delta=0.01)
    model, held = opened(installed()), tensors_of(path)
    net = lora.PairNet(model.tensors, rank=2)
    with torch.no_grad():
        for name in DENSE:
            net.a[lora.key(name)].copy_(torch.from_numpy(held[f"{name}.a"]))
            net.b[lora.key(name)].copy_(torch.from_numpy(held[f"{name}.b"]))
        net.head.weight.copy_(torch.from_numpy(held["head"]))
        net.head.bias.zero_()
    begun = net.begun([pair(model.tokenizer, text, CONTEXT.person) for text in TEXTS])
    heads = PairHeads(path)
    mine = np.array([heads.sums(text, CONTEXT) for text in TEXTS])
    assert mine == pytest.approx(lora.predicted(net, begun), abs=1e-4)


@needs_minilm
def test_the_shipped_heads_tell_a_question_from_advice_and_from_talk_of_oneself():
    heads = shipped_pair_heads()
    assert ((heads.share >= 0.0) & (heads.share <= 1.0)).all()
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
