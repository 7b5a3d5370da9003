"""Small records for tests of what is stored, summarised and drawn."""

from __future__ import annotations

from typing import Any

from empa_graph.models.config import RunConfig
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode, Score
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.run import Planned, Run
from empa_graph.models.settings import SETTINGS
from empa_graph.models.support import Support


def score(composite: float = 50.0, **changes: Any) -> Score:
    fields: dict[str, Any] = {
        "alignment": 0.5,
        "impact": 0.5,
        "stability": 0.5,
        "alignment_index": 0.5,
        "impact_index": 0.25,
        "progress": 0.5,
        "stability_index": 0.75,
        "composite": composite,
        "profile": "balanced",
        "direction": "initial",
        "coverage": 1.0,
    }
    return Score(**{**fields, **changes})


def supported(value: float, *, replies: int = 9) -> Support:
    return Support(
        value=value, low=None, high=None, percentile=0.5, axes={}, replies=replies, length=9.0, coder="cues",
        provisional=replies < 8,
    )  # fmt: skip


def episode(**changes: Any) -> Episode:
    latent = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(0.6, 0.2), radius=0.3)
    fields: dict[str, Any] = {
        "scenario": "someone/something",
        "agent": "an agent",
        "variant": "baseline",
        "evaluator": "cues",
        "rubric": "sdt",
        "voice": "card",
        "repeat": 0,
        "seed": 1,
        "messages": (
            Message(turn=1, speaker="persona", content="Hello."),
            Message(turn=1, speaker="empathic", content="Good evening."),
        ),
        "latent": latent.extended(Step(turn=1, increment=(0.1, 0.0))),
        "persona_state": None,
        "ending": "max_turns",
        "score": score(),
    }
    return Episode(**{**fields, **changes})


def run(*variants: str, episodes: int = 1, **changes: Any) -> Run:
    names = variants or ("baseline",)
    plan = tuple(
        Planned(scenario=f"someone/goal{n}", variant=name, repeat=0, seed=n) for n in range(episodes) for name in names
    )
    held = {name: value for name, value in changes.items() if name in Run.model_fields}
    settings: dict[str, Any] = {"agent": "an agent", "variants": names, "noise": 0.0, "max_turns": 2, "concurrency": 1}
    settings |= {name: value for name, value in changes.items() if name not in held}
    fields: dict[str, Any] = {
        "id": "20260101-000000-agent",
        "created": "2026-01-01T00:00:00+00:00",
        "config": config(**settings),
        "rubric": "sdt",
        "git": None,
        "code": {},
        "platform": {},
        "versions": {},
        "hashes": {},
        "plan": plan,
    }
    return Run(**{**fields, **held})


def config(**settings: Any) -> RunConfig:
    """Return a configuration from settings by short names."""
    return RunConfig().changed({FIELDS[name]: value for name, value in settings.items()})


FIELDS = {**SETTINGS, "agent": "agent.spec", "variants": "suite.variants", "judges": "evaluator.judges"}
FIELDS |= {"redaction": "store.redaction", "rubric_file": "evaluator.rubric"}
"""The settings of a run by short names."""
