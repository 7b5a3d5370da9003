"""SmolLM2's lower blocks in torch with low-rank deltas and a linear head: what benchmarks/train_smollm_heads.py trains.

The arithmetic is that of empa_graph/cues/smollm.py; tests/cues/test_smollm_heads.py holds the two together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from minilm_lora import DROPOUT, RANK, Begun, Padded, key
from torch import Tensor, nn
from torch.nn import functional

from empa_graph.cues.gguf_file import Gguf
from empa_graph.cues.pair_heads import Pair
from empa_graph.cues.smollm import DEPTH, HEADS, KEYS, WIDTH, angles
from empa_graph.cues.smollm_heads import CHANGED, UNCHANGED
from empa_graph.models.behaviour import BEHAVIOURS

EPSILON = 1e-5


class StateNet(nn.Module):
    """The blocks with frozen weights, by default in half precision, a delta beside each dense layer, and the head."""

    def __init__(self, model: Gguf, rank: int = RANK, precision: torch.dtype = torch.bfloat16) -> None:
        super().__init__()
        names = [name for name in model.tensors if not name.startswith("blk.") or int(name.split(".")[1]) < DEPTH]
        self.held = {name: torch.from_numpy(np.array(model.tensors[name][:])).to(precision) for name in names}
        self.turns = [torch.from_numpy(part).to(precision) for part in angles()]
        self.a, self.b = nn.ParameterDict(), nn.ParameterDict()
        for name in CHANGED:
            out, into = self.held[f"{name}.weight"].shape
            self.a[key(name)] = nn.Parameter(torch.randn(rank, into) / into**0.5)
            self.b[key(name)] = nn.Parameter(torch.zeros(out, rank))
        self.head = nn.Linear(2 * WIDTH, len(BEHAVIOURS))
        nn.init.zeros_(self.head.weight)

    @torch.no_grad()
    def begun(self, pairs: Sequence[Pair]) -> list[Begun]:
        """Return the pairs after the blocks that training leaves as they are."""
        found = []
        for ids, first in pairs:
            x = self.held["token_embd.weight"][list(ids)][None]
            for number in range(UNCHANGED):
                x = self._block(x, f"blk.{number}.")
            found.append(Begun(x[0], first))
        return found

    def forward(self, batch: Padded) -> Tensor:
        """Return the sums (N, B). A token looks back alone, so what fills a pair up at its end reaches none of it."""
        x = batch.vectors
        for number in range(UNCHANGED, DEPTH):
            x = self._block(x, f"blk.{number}.")
        x = self._norm(x, "output_norm").float()
        last = batch.there.sum(dim=1) - 1
        answer = (batch.answer & (torch.arange(x.shape[1]) < last[:, None])).unsqueeze(-1).float()
        mean = (x * answer).sum(dim=1) / answer.sum(dim=1)
        both = torch.cat([mean, x[torch.arange(len(x)), last]], dim=1)
        return self.head(functional.dropout(functional.layer_norm(both, (2 * WIDTH,)), DROPOUT, self.training))

    def _block(self, x: Tensor, at: str) -> Tensor:
        count, length, _ = x.shape
        normed = self._norm(x, f"{at}attn_norm")
        query, hint, value = (
            self._dense(normed, f"{at}attn_{part}").view(count, length, heads, -1).transpose(1, 2)
            for part, heads in (("q", HEADS), ("k", KEYS), ("v", KEYS))
        )
        hint, value = (part.repeat_interleave(HEADS // KEYS, dim=1) for part in (self._turned(hint), value))
        seen = functional.scaled_dot_product_attention(self._turned(query), hint, value, is_causal=True)
        x = x + self._dense(seen.transpose(1, 2).reshape(count, length, -1), f"{at}attn_output")
        normed = self._norm(x, f"{at}ffn_norm")
        thought = functional.silu(self._dense(normed, f"{at}ffn_gate")) * self._dense(normed, f"{at}ffn_up")
        return x + self._dense(thought, f"{at}ffn_down")

    def _dense(self, x: Tensor, name: str) -> Tensor:
        plain = functional.linear(x, self.held[f"{name}.weight"])
        if name not in CHANGED:
            return plain
        return plain + (x @ self.a[key(name)].T.to(x.dtype)) @ self.b[key(name)].T.to(x.dtype)

    def _norm(self, x: Tensor, name: str) -> Tensor:
        weight = self.held[f"{name}.weight"]
        # The first token of a text has numbers in the thousands, whose squares half precision cannot sum.
        return functional.rms_norm(x.float(), (WIDTH,), weight.float(), EPSILON).to(x.dtype)

    def _turned(self, x: Tensor) -> Tensor:
        cosine, sine = (part[: x.shape[2]] for part in self.turns)
        one, other = x[..., 0::2], x[..., 1::2]
        return torch.stack([one * cosine - other * sine, one * sine + other * cosine], dim=-1).flatten(-2)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return what is stored, in half precision: the deltas and the head."""
        found = {"head": self.head.weight, "bias": self.head.bias}
        found |= {f"{name}.a": self.a[key(name)] for name in CHANGED}
        found |= {f"{name}.b": self.b[key(name)] for name in CHANGED}
        return {name: tensor.detach().numpy().astype(np.float16) for name, tensor in found.items()}
