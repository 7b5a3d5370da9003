"""Failures as data: who is to blame and what happened, never a number."""

from __future__ import annotations

from typing import Literal

from empa_graph.models.record import Record

Blame = Literal["empathic", "persona", "evaluator", "provider", "us"]


class Failure(Record):
    """What went wrong at ``turn`` (1-based; 0 before the first), of which ``kind``, and who is to ``blame``."""

    turn: int
    blame: Blame
    kind: str
    detail: str
    seat: str | None = None
    """The role it happened in; None where it concerns no single one."""
    trace: str | None = None
    """Where code that crashed failed: its traceback, bounded and without the exception's words."""
