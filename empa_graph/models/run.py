"""A run: many episodes under one manifest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import Field, ValidationError, model_validator

from empa_graph.errors import ContentError, SettingError
from empa_graph.models.calibration_named import NamedCalibration
from empa_graph.models.config import RunConfig
from empa_graph.models.persona import Scenario
from empa_graph.models.record import Record
from empa_graph.seeds import derived_seed

MANIFEST_SCHEMA = 2
_OTHER = "has schema version {}, this version reads {}; play it again"


class Planned(Record):
    """One episode to play."""

    scenario: str
    variant: str
    repeat: int
    seed: int


class Run(Record):
    """The manifest: everything asked for and everything it stands on. No secrets, no machine paths."""

    schema_version: Literal[2] = 2
    id: str
    created: str
    """UTC, ISO 8601."""
    config: RunConfig
    """As it was asked for, with the rubric and the turns that it came to; a database's URL without its password."""
    rubric: str
    """The id of the rubric."""
    recorded: str | None = None
    """What was recorded elsewhere and how it was read; None for a run that was played."""
    handed: dict[str, str] = Field(default_factory=dict)
    """What was handed over in Python as an object, by seat, with SHA-256 of its source where it has one."""
    versions: dict[str, str]
    hashes: dict[str, str]
    """SHA-256 of every persona, rubric and prompt used and of the heads that code replies (``heads:cues``), and
    fingerprints of the weights of local models."""
    judge_checks: dict[str, str] = Field(default_factory=dict)
    """Of every judge, whether it was checked and with what result, in words."""
    calibration: NamedCalibration | None = None
    """The calibration that means are corrected by, and how its anchors were judged again; None where none is named."""
    git: str | None
    """Revision of the working folder, with ``+`` when there are changes; None outside a repository."""
    code: dict[str, str]
    """SHA-256 of the source behind agents, extra roles and imports that are code, by module or file."""
    platform: dict[str, str]
    """System, machine and processor count; nothing that names the host."""
    plan: tuple[Planned, ...]

    @model_validator(mode="before")
    @classmethod
    def _of_this_version(cls, given: Any) -> Any:
        version = given.get("schema_version", MANIFEST_SCHEMA) if isinstance(given, dict) else MANIFEST_SCHEMA
        if version != MANIFEST_SCHEMA:
            raise ValueError(_OTHER.format(repr(version)[:20], MANIFEST_SCHEMA))
        return given

    @property
    def max_turns(self) -> int | None:
        """Turns of an episode at most; None for the rubric's."""
        return self.config.suite.max_turns

    @property
    def rubric_file(self) -> str:
        """The rubric as it was named: its id, or a file as typed."""
        return self.config.evaluator.rubric or self.rubric


def read_run(text: str | bytes, where: str) -> Run:
    """Return the manifest that ``text`` holds, called ``where``. Raises ContentError, also for another version's."""
    if not text.strip():
        raise ContentError(f"{where}: the file is empty")
    try:
        return Run.model_validate_json(text)
    except SettingError as error:
        raise ContentError(f"{where}: config: {error}") from None
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        if fault["type"] == "value_error":
            raise ContentError(f"{where} {fault['msg'].removeprefix('Value error, ')}") from None
        field = ".".join(map(str, fault["loc"])) or "the record"
        raise ContentError(f"{where}: {field}: {fault['msg']}") from None


def planned(scenarios: Iterable[Scenario], variants: Sequence[str], *, repeats: int, seed: int) -> tuple[Planned, ...]:
    """Return the episodes of a run, variants side by side so that a stopped run is still balanced.

    The seed of an episode does not depend on its variant: variants meet the same simulated person.
    """
    return tuple(
        Planned(
            scenario=scenario.id,
            variant=variant,
            repeat=repeat,
            seed=derived_seed(seed, scenario.id, repeat),
        )
        for repeat in range(repeats)
        for scenario in scenarios
        for variant in variants
    )


def run_id(now: datetime, agent: str) -> str:
    """Return a name for the run that sorts by time and is safe as a folder name."""
    words = "".join(c if c.isalnum() else "-" for c in agent.rsplit("/", 1)[-1]).strip("-")[:40]
    return f"{now:%Y%m%d-%H%M%S}-{words or 'agent'}"
