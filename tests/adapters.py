"""LoRA adapters for the bundled model, made of seeded noise."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from gguf import GGUFWriter

RANK = 4
OUT = 576
"""Rows of the weight that is adapted, in SmolLM2-135M."""


@dataclass(frozen=True)
class Adapter:
    """An adapter of noise as large as ``strength`` over one weight of the first ``layers`` layers."""

    strength: float = 1.0
    seed: int = 1
    layers: int = 3
    wide: int = 576
    weight: str = "attn_q"
    architecture: str = "llama"
    kind: str = "adapter"


def written(path: Path, adapter: Adapter) -> Path:
    """Write ``adapter`` as a GGUF file."""
    file, noise = GGUFWriter(path, adapter.architecture), np.random.default_rng(adapter.seed)
    file.add_type(adapter.kind)
    file.add_string("adapter.type", "lora")
    file.add_float32("adapter.lora.alpha", 8.0)
    for layer in range(adapter.layers):
        for side, shape in (("a", (RANK, adapter.wide)), ("b", (OUT, RANK))):
            values = adapter.strength * noise.normal(size=shape)
            file.add_tensor(f"blk.{layer}.{adapter.weight}.weight.lora_{side}", values.astype(np.float32))
    file.write_header_to_file()
    file.write_kv_data_to_file()
    file.write_tensors_to_file()
    file.close()
    return path
