"""A run: many episodes under one manifest."""

from __future__ import annotations

from typing import Literal

from empa_graph.models.record import Record


class Planned(Record):
    """One episode to play."""

    scenario: str
    variant: str
    repeat: int
    seed: int


class Run(Record):
    """The manifest: everything asked for and everything it stands on. No secrets, no machine paths."""

    schema_version: Literal[1] = 1
    id: str
    created: str
    """UTC, ISO 8601."""
    agent: str
    base_url: str | None
    variants: tuple[str, ...]
    evaluator: str
    judges: tuple[str, ...]
    judge_every: int
    director: str | None
    rubric: str
    voice: str
    profile: str
    noise: float
    seed: int
    max_turns: int
    repeats: int
    concurrency: int
    parameters: dict[str, float | int | None]
    versions: dict[str, str]
    hashes: dict[str, str]
    """SHA-256 of every persona, rubric and prompt used."""
    plan: tuple[Planned, ...]
