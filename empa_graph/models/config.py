"""The one description of a run: who plays, who judges, what is played, what it may use, where it is kept.

Rule: a setting stands here, with its bounds and its default, and nowhere else. Keys are never part of it.
"""

from __future__ import annotations

import json
import numbers
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    JsonValue,
    Strict,
)

from empa_graph.errors import hint
from empa_graph.models.extra_body import checked_fields, json_object
from empa_graph.models.part import Part

WEIGHTS = ("alignment", "impact", "stability")
"""The parts of the composite, in the order in which their weights are written."""
RAY = "ray"
EXECUTORS = ("asyncio", RAY)
"""Where episodes run: in this process, the default, or on the workers of a Ray cluster."""


def _number(value: object) -> object:
    """Return a number of numpy as Python's own."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        return value
    return int(value) if isinstance(value, numbers.Integral) else float(value)


def _several(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _weights(value: object) -> object:
    """Return the weights of the composite, a mapping or a sequence, as the words ``0.5,0.3,0.2``."""
    if isinstance(value, Mapping):
        for name in value:
            if name not in WEIGHTS:
                raise ValueError(f"is a mapping with '{name}'{hint(str(name), WEIGHTS)}")
        value = [value.get(name, 0.0) for name in WEIGHTS]
    if isinstance(value, str):
        return value
    if not isinstance(value, Sequence) or not all(isinstance(part, numbers.Real) for part in value):
        raise ValueError(f"is {type(value).__name__}, allowed is a name, or weights for {', '.join(WEIGHTS)}")
    return ",".join(str(float(part)) for part in value)


def _as_typed(value: object) -> object:
    """Return an answer as it would be typed: a text as it is, anything else as JSON."""
    return value if value is None or isinstance(value, str) else json.dumps(value)


Name = Annotated[str, Strict()]
Names = Annotated[tuple[Name, ...], BeforeValidator(_several)]
Switch = Annotated[bool, Strict()]
Whole = Annotated[int, BeforeValidator(_number), Strict()]
Real = Annotated[float, BeforeValidator(_number), Strict()]
Warmth = Annotated[Real, Field(ge=0.0, le=2.0)]
Tokens = Annotated[Whole, Field(ge=1, le=1_000_000)]
Count = Annotated[Whole, Field(ge=1)]
Fields = dict[str, JsonValue]


def _object(example: str) -> BeforeValidator:
    """Take an object as it is or as JSON text."""
    return BeforeValidator(lambda value: json_object(value, example) if isinstance(value, str) else value)


Given = Annotated[Fields, _object('{"user_id": "nadia"}')] | None
Body = Annotated[Fields, _object('{"top_k": 5}'), AfterValidator(checked_fields)] | None


class AgentConfig(Part):
    """The agent under test and how it is asked."""

    stands = ("agent",)

    spec: Name = "local"
    """A model, ``module:attribute``, ``path/file.py:attribute``, a registered role or ``scripted:NAME``."""
    base_url: Name | None = None
    temperature: Warmth = 0.7
    max_tokens: Tokens = 160
    extra_body: Body = None
    """Fields that are added to the requests."""
    speaks: Literal["all", "last"] = "all"
    """Which messages of a turn the person hears, of code of the user."""
    on_interrupt: Annotated[Name | None, BeforeValidator(_as_typed)] = None
    """What interrupts of a graph are answered with, JSON or else a text; None for nobody to answer."""
    context: Given = None
    """The runtime context of a graph."""
    initial: Given = None
    """Channels beside the messages with which the state of a graph begins."""


class PersonaConfig(Part):
    """The person: its words, its chance, its card."""

    stands = ("persona",)

    voice: Name = "card"
    """``card``, or a model that words the decided moves."""
    noise: Annotated[Real, Field(ge=0.0, le=0.5)] = 0.02
    nearness: Literal["words", "vectors", "sentences"] = "vectors"
    """How the line that fits the reply is told: by shared words, by vectors of its words, or by sentence embeddings."""
    voice_max_tokens: Tokens = 200
    voice_check: Name | None = None
    """A model that is asked of each wording of the voice whether it may be spoken."""
    strict_voice: Switch = False
    """Whether an episode fails whose voice finds no wording that may be spoken; else the card's line is."""
    folder: Path | None = None
    """Persona files to use instead of the bundled ones."""


class EvaluatorConfig(Part):
    """What judges, by which rubric."""

    stands = ("evaluator",)

    name: Name = "cues"
    judges: Names = ()
    judge_every: Annotated[Whole, Field(ge=1, le=45)] = 1
    support_judge: Name | None = None
    """A model that codes the support of each whole conversation in one call."""
    judge_base_url: Name | None = None
    """Where all models but the agent under test answer, if not at its server or at the provider they name."""
    judge_check: Path | None = None
    """The check of a judge that has to hold for this run; None to look in the folder of checks."""
    calibration: Path | None = None
    """A file of `empa calibrate`, or a version of one as ``FILE@3``, that means are corrected by; None for none."""
    temperature: Warmth = 0.0
    max_tokens: Tokens = 900
    rubric: Name | None = None
    """A name or a file; None for `epm` with its evaluator and for `sdt` otherwise."""
    profile: Annotated[Name, BeforeValidator(_weights)] = "balanced"

    @property
    def named_rubric(self) -> str:
        """The rubric to judge by, by name or file."""
        return self.rubric or ("epm" if self.name == "epm" else "sdt")


class SuiteConfig(Part):
    """What is played."""

    stands = ("suite",)

    scenarios: Names = ("all",)
    variants: Annotated[Names, AfterValidator(lambda names: tuple(dict.fromkeys(names))), Field(min_length=1)] = (
        "baseline",
    )
    repeats: Count = 1
    seed: Whole = 0
    max_turns: Annotated[Whole, Field(ge=1, le=1000)] | None = None
    """None for the rubric's."""
    limit: Count | None = None
    """Scenarios at most, spread over the personas."""


class Limits(Part):
    """What a session may use; None is no limit. An episode's limit ends it, a run's suspends the run."""

    stands = ("limits",)

    episode_tokens: Count | None = None
    episode_seconds: Annotated[Real, Field(gt=0.0)] | None = None
    run_tokens: Count | None = None
    run_minutes: Annotated[Real, Field(gt=0.0)] | None = None
    run_cost: Annotated[Real, Field(gt=0.0)] | None = None
    """US dollars."""

    @property
    def run_seconds(self) -> float | None:
        """`run_minutes` in seconds."""
        return None if self.run_minutes is None else 60.0 * self.run_minutes


class StoreConfig(Part):
    """Where the run is kept, and what is kept out of it."""

    stands = ("store",)

    out: Path | None = None
    """The run folder; None for one named by time and agent, below ``runs``."""
    url: Name | None = None
    """A database; None for one in the run folder."""
    prices: Path | None = None
    redaction: Name | None = None
    """The rules' name or file; None for nothing redacted."""


class ExecutionConfig(Part):
    """How a session goes; none of it changes what is measured."""

    stands = ("execution",)

    concurrency: Annotated[Whole, Field(ge=1, le=1000)] = 4
    executor: Name = EXECUTORS[0]
    workers: Count | None = None
    """Processes in which the executor ``ray`` plays; None for one a processor."""
    ray_address: Name | None = None
    """The Ray cluster that it joins; None to start one on this machine."""
    timeout: Annotated[Real, Field(gt=0.0, le=86_400.0)] | None = None
    """Seconds that one request may take; None for the default of the kind of model."""
    retries: Annotated[Whole, Field(ge=0, le=20)] = 3
    on_outage: Literal["fail", "pause"] = "fail"
    """What a judge that stays out of reach means: the episode fails, or the run waits to be resumed."""
    max_failed: Annotated[Real, Field(ge=0.0, le=1.0)] = 0.0
    """The share of episodes that may fail in a run that counts as good."""
    cache: Path | None = None
    """A run whose store is asked for answers that this one lacks."""
    offline: Switch = False
    otel: Switch = False
    langsmith: Switch = False


class RunConfig(Part):
    """One run: ``RunConfig(agent={"spec": "openai:gpt-5-mini"}, suite={"scenarios": ["exam_student"]})``.

    What is wrong is a SettingError of one line, with the nearest name for one that is unknown.
    """

    agent: AgentConfig = Field(default_factory=AgentConfig)
    persona: PersonaConfig = Field(default_factory=PersonaConfig)
    evaluator: EvaluatorConfig = Field(default_factory=EvaluatorConfig)
    director: Name | None = None
    """``rules``, a registered role, or a model that calls tools; None for nobody."""
    extra: Names = ()
    """Roles behind a seat, each as ``SEAT:module:attribute``."""
    imports: Names = ()
    """Modules and files that are imported for what they register."""
    suite: SuiteConfig = Field(default_factory=SuiteConfig)
    limits: Limits = Field(default_factory=Limits)
    store: StoreConfig = Field(default_factory=StoreConfig)
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)

    def changed(self, changes: Mapping[str, object]) -> RunConfig:
        """Return a copy with other settings, by their dotted names. Raises SettingError."""
        data: dict[str, Any] = self.model_dump(exclude_unset=True)
        for name, value in changes.items():
            part, dot, setting = name.partition(".")
            data |= {part: {**data.get(part, {}), setting: value}} if dot else {name: value}
        return RunConfig.model_validate(data)

    @property
    def measured(self) -> RunConfig:
        """The same without what only says how a session goes and where its run is kept: equal for the same run."""
        kept = self.store.model_copy(update={"out": None})
        judged = self.evaluator.model_copy(update={"judge_check": None, "calibration": None})
        changed = {"limits": Limits(), "execution": ExecutionConfig(), "store": kept, "evaluator": judged}
        return self.model_copy(update=changed)

    @property
    def resumed(self) -> RunConfig:
        """The configuration with which another session begins: limits, caches and switches are typed for each."""
        fresh = {name: getattr(ExecutionConfig(), name) for name in _OF_ONE_SESSION}
        execution = self.execution.model_copy(update=fresh)
        return self.model_copy(update={"limits": Limits(), "execution": execution})


_OF_ONE_SESSION = ("executor", "workers", "ray_address", "cache", "offline", "otel", "langsmith")


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of a run, handed beside its configuration; none is ever shown or kept."""

    api_key: str | None = field(default=None, repr=False)
    """For the server at ``agent.base_url``; without one, for the providers that are asked."""
    judge_api_key: str | None = field(default=None, repr=False)
    openai_key: str | None = field(default=None, repr=False)
    """For OpenAI itself, and for no other server."""

    @property
    def all(self) -> tuple[str | None, ...]:
        """Every key, for what hides them."""
        return self.api_key, self.judge_api_key, self.openai_key


NO_KEYS = Keys()
