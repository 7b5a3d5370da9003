"""Linear heads over the n-grams of one text: what its words alone say for each of a few questions.

Trained by benchmarks/train_danger.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from empa_graph.cues.concepts import concept_grams, phrase_grams
from empa_graph.cues.ngrams import Block, Grams, character_grams, numbered_grams, word_grams
from empa_graph.cues.packed import arrays_of, blocks_of, packed, unpacked
from empa_graph.errors import ContentError

Floats = NDArray[np.floating[Any]]
GRAMS: Mapping[str, Grams] = {
    "words": word_grams,
    "numbered": numbered_grams,
    "characters": character_grams,
    "concepts": concept_grams,
    "phrases": phrase_grams,
}
"""What a block of heads may count."""
_REST = ("weights", "scale", "bias", "limits")


@dataclass(frozen=True, eq=False)
class TextHeads:
    """The weights (V, H) of H heads over the blocks, one under the other, and the limits (K,) to hold sums against."""

    blocks: Mapping[str, Block]
    weights: NDArray[np.int8]
    scale: Floats
    bias: Floats
    limits: Floats

    def sums(self, text: str) -> Floats:
        """Return what the words of ``text`` say for each head (H,)."""
        total, offset = np.zeros(self.weights.shape[1]), 0
        for name, block in self.blocks.items():
            places, values = block.read(GRAMS[name], text)
            total += values @ self.weights[places + offset]
            offset += len(block.idf)
        return np.asarray(self.bias + self.scale * total)

    def saved(self, path: Path) -> None:
        """Write the heads to ``path`` in the safetensors format."""
        rest: dict[str, NDArray[Any]] = {name: getattr(self, name).astype("<f4") for name in _REST[1:]}
        path.write_bytes(packed({"weights": self.weights, **rest, **arrays_of(self.blocks)}))

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read heads. Raises ContentError for a file that holds none."""
        try:
            arrays = unpacked(path.read_bytes())
            blocks = blocks_of(arrays, [name for name in GRAMS if f"{name}.idf" in arrays])
            heads = cls(blocks=blocks, **{name: arrays[name] for name in _REST})
        except (KeyError, ValueError, TypeError) as error:
            raise ContentError(f"{path}: holds no heads of texts ({type(error).__name__})") from None
        rows = sum(len(block.idf) for block in heads.blocks.values())
        if heads.weights.ndim != 2 or heads.weights.shape != (rows, len(heads.bias)):
            raise ContentError(f"{path}: its weights are not for {rows} features and {len(heads.bias)} heads")
        return heads
