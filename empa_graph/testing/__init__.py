"""Checks for authors of extensions: each plays what was written and lists every fault it finds."""

from __future__ import annotations

from empa_graph.testing.content import check_persona, check_rubric
from empa_graph.testing.failing import CheckError
from empa_graph.testing.functions import check_chat, check_executor, check_metric
from empa_graph.testing.judging import check_evaluator
from empa_graph.testing.seating import check_role

__all__ = [
    "CheckError",
    "check_chat",
    "check_evaluator",
    "check_executor",
    "check_metric",
    "check_persona",
    "check_role",
    "check_rubric",
]
