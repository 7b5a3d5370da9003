"""Embedders for tests: one of plain words, and the marks of tests that need the real models."""

from __future__ import annotations

import importlib.util
from zlib import crc32

import numpy as np
import pytest

from empa_graph.cues.minilm import LIBRARIES, PACKAGE
from empa_graph.cues.nearness import Vector
from empa_graph.cues.smollm import PACKAGE as SMOLLM_PACKAGE
from empa_graph.cues.tokens import stems

missing = [name for name in (*LIBRARIES, PACKAGE) if importlib.util.find_spec(name) is None]
smollm_missing = [name for name in (*LIBRARIES, SMOLLM_PACKAGE) if importlib.util.find_spec(name) is None]
needs_minilm = pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")
needs_smollm = pytest.mark.skipif(bool(smollm_missing), reason=f"not installed: {', '.join(smollm_missing)}")


class WordCounts:
    """A text is near another where they share content words."""

    name = "words"

    def __call__(self, text: str) -> Vector:
        vector = np.zeros(512)
        vector[0] = 0.1
        for stem in stems(text):
            vector[1 + crc32(stem.encode()) % 511] += 1.0
        return vector / np.linalg.norm(vector)
