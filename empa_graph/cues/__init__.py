"""Deterministic text signals that persona and offline evaluator share."""

from __future__ import annotations

from empa_graph.cues.context import CueContext
from empa_graph.cues.detection import detect, strength

__all__ = ["CueContext", "detect", "strength"]
