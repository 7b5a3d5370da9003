"""Deterministic text signals that persona and offline evaluator share."""

from __future__ import annotations

from empa_graph.cues.context import CueContext
from empa_graph.cues.detection import detect, quoted, strength
from empa_graph.cues.safety import in_danger

__all__ = ["CueContext", "detect", "in_danger", "quoted", "strength"]
