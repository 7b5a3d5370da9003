"""MiniLM in torch with low-rank deltas and a linear head: what benchmarks/train_minilm_heads.py trains.

The arithmetic is that of empa_graph/cues/minilm.py; tests/cues/test_pair_heads.py holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from empa_graph.cues.minilm import HEADS, LAYERS
from empa_graph.cues.pair_heads import DENSE, UNCHANGED, Pair
from empa_graph.models.behaviour import BEHAVIOURS

RANK = 8
DROPOUT = 0.1
BATCH = 16
WIDTH = 384


class Begun(NamedTuple):
    """A pair after the unchanged layers: the vectors (L, 384), and where the reply begins."""

    vectors: Tensor
    first: int


class Padded(NamedTuple):
    """Pairs side by side: vectors (N, L, 384), where there is a token (N, L), where there is one of the reply."""

    vectors: Tensor
    there: Tensor
    answer: Tensor


def padded(begun: Sequence[Begun]) -> Padded:
    """Return the pairs filled up to the longest."""
    lengths = torch.tensor([len(one.vectors) for one in begun])
    place = torch.arange(int(lengths.max()))
    there = place < lengths[:, None]
    answer = there & (place >= torch.tensor([one.first for one in begun])[:, None])
    return Padded(nn.utils.rnn.pad_sequence([one.vectors for one in begun], batch_first=True), there, answer)


class PairNet(nn.Module):
    """The encoder with frozen weights, a delta B A beside each dense layer, and the head (B, 768)."""

    def __init__(self, tensors: Mapping[str, np.ndarray], rank: int = RANK) -> None:
        super().__init__()
        self.held = {name: torch.from_numpy(np.array(t)) for name, t in tensors.items() if t.dtype == np.float32}
        self.a, self.b = nn.ParameterDict(), nn.ParameterDict()
        for name in DENSE:
            out, into = self.held[f"{name}.weight"].shape
            self.a[key(name)] = nn.Parameter(torch.randn(rank, into) / into**0.5)
            self.b[key(name)] = nn.Parameter(torch.zeros(out, rank))
        self.head = nn.Linear(2 * WIDTH, len(BEHAVIOURS))
        nn.init.zeros_(self.head.weight)

    def begun(self, pairs: Sequence[Pair]) -> list[Begun]:
        """Return the pairs after the layers that training leaves as they are."""
        self.eval()
        found = []
        with torch.no_grad():
            for ids, first in pairs:
                segments = (torch.arange(len(ids)) >= first).long()
                held = self.held
                x = held["embeddings.word_embeddings.weight"][list(ids)]
                x = x + held["embeddings.position_embeddings.weight"][: len(ids)]
                x = x + held["embeddings.token_type_embeddings.weight"][segments]
                x = self._norm(x, "embeddings.LayerNorm")[None]
                for number in range(UNCHANGED):
                    x = self._layer(x, torch.ones(1, len(ids), dtype=torch.bool), f"encoder.layer.{number}.")
                found.append(Begun(x[0], first))
        return found

    def forward(self, batch: Padded) -> Tensor:
        """Return the sums (N, B)."""
        x = batch.vectors
        for number in range(UNCHANGED, LAYERS):
            x = self._layer(x, batch.there, f"encoder.layer.{number}.")
        answer = batch.answer.unsqueeze(-1).float()
        mean = (x * answer).sum(dim=1) / answer.sum(dim=1)
        return self.head(self._dropped(torch.cat([x[:, 0], mean], dim=1)))

    def _layer(self, x: Tensor, there: Tensor, at: str) -> Tensor:
        count, length, _ = x.shape
        query, key, value = (
            self._dense(x, f"{at}attention.self.{part}").view(count, length, HEADS, -1).transpose(1, 2)
            for part in ("query", "key", "value")
        )
        seen = functional.scaled_dot_product_attention(query, key, value, attn_mask=there[:, None, None, :])
        seen = self._dense(seen.transpose(1, 2).reshape(count, length, -1), f"{at}attention.output.dense")
        x = self._norm(x + self._dropped(seen), f"{at}attention.output.LayerNorm")
        thought = self._dense(functional.gelu(self._dense(x, f"{at}intermediate.dense")), f"{at}output.dense")
        return self._norm(x + self._dropped(thought), f"{at}output.LayerNorm")

    def _dense(self, x: Tensor, name: str) -> Tensor:
        plain = functional.linear(x, self.held[f"{name}.weight"], self.held[f"{name}.bias"])
        if name not in DENSE:
            return plain
        return plain + (x @ self.a[key(name)].T) @ self.b[key(name)].T

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = self.held[f"{name}.weight"], self.held[f"{name}.bias"]
        return functional.layer_norm(x, (WIDTH,), weight, bias, eps=1e-12)

    def _dropped(self, x: Tensor) -> Tensor:
        return functional.dropout(x, DROPOUT, self.training)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is stored, in half precision: the deltas and the head."""
        found = {"head": self.head.weight, "bias": self.head.bias}
        found |= {f"{name}.a": self.a[key(name)] for name in DENSE}
        found |= {f"{name}.b": self.b[key(name)] for name in DENSE}
        return {name: tensor.detach().numpy().astype(np.float16) for name, tensor in found.items()}


def key(name: str) -> str:
    """Return ``name`` as a dictionary of parameters can hold it."""
    return name.replace(".", "_")


def batches(begun: Sequence[Begun], shuffled: np.random.Generator | None = None) -> Iterator[np.ndarray]:
    """Yield the places of pairs of like length, `BATCH` at a time; in any order with ``shuffled``."""
    lengths = np.array([len(one.vectors) for one in begun], dtype=float)
    if shuffled is not None:
        lengths += shuffled.uniform(-4.0, 4.0, len(begun))
    order = np.argsort(lengths, kind="stable")
    cuts = [order[at : at + BATCH] for at in range(0, len(order), BATCH)]
    if shuffled is not None:
        shuffled.shuffle(cuts)
    yield from cuts


@torch.no_grad()
def predicted(net: PairNet, begun: Sequence[Begun]) -> np.ndarray:
    """Return the sums (N, B)."""
    net.eval()
    found = np.zeros((len(begun), len(BEHAVIOURS)))
    for places in batches(begun):
        found[places] = net(padded([begun[place] for place in places])).numpy()
    return found
