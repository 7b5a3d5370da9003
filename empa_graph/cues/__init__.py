"""Deterministic signals in text: what the person hears, what a reply does, whether somebody is in danger, guards."""

from __future__ import annotations

from empa_graph.cues.context import CueContext
from empa_graph.cues.danger import in_danger
from empa_graph.cues.detection import detect, quoted, strength

__all__ = ["CueContext", "detect", "in_danger", "quoted", "strength"]
