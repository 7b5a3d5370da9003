"""A run: many episodes under one manifest."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from empa_graph.models.record import Record

Count = Annotated[int, Field(ge=1)]
Amount = Annotated[float, Field(gt=0.0)]


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
    judge_base_url: str | None
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
    """Episodes in flight."""
    personas: str | None
    """The folder of persona files as it was typed; None for the bundled ones."""
    rubric_file: str | None
    """The rubric file as it was typed; None for a bundled one."""
    store: str | None
    """The database's URL without its password; None for the one in the run folder."""
    redaction: str | None
    """What was redacted: the rules' name or file as typed; None for nothing."""
    speaks: Literal["all", "last"] = "all"
    """Which messages of a turn the person hears, where the agent is code."""
    on_interrupt: str | None = None
    """What interrupts of the agent's graph are answered with, as typed; None for nobody to answer."""
    context: dict[str, JsonValue] | None = None
    """The runtime context of the agent's graph."""
    initial: dict[str, JsonValue] | None = None
    """The channels beside the messages with which the state of the agent's graph begins."""
    extra: tuple[str, ...] = ()
    """Roles of the user behind a seat, each as typed (``SEAT:module:attribute``)."""
    imports: tuple[str, ...] = ()
    """Modules and files that were imported for what they register, each as typed."""
    prices: str | None
    """The price file as typed; None for the list prices."""
    parameters: dict[str, float | int | str | None]
    versions: dict[str, str]
    hashes: dict[str, str]
    """SHA-256 of every persona, rubric and prompt used, and fingerprints of the weights of local models."""
    git: str | None
    """Revision of the working folder, with ``+`` when there are changes; None outside a repository."""
    code: dict[str, str]
    """SHA-256 of the source behind agents, extra roles and imports that are code, by module or file."""
    platform: dict[str, str]
    """System, machine and processor count; nothing that names the host."""
    plan: tuple[Planned, ...]


class Limits(Record):
    """What a session may use; None is no limit. An episode's limit ends it, a run's suspends the run."""

    episode_tokens: Count | None = None
    episode_seconds: Amount | None = None
    run_tokens: Count | None = None
    run_seconds: Amount | None = None
    run_cost: Amount | None = None
    """US dollars."""
