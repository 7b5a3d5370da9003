"""The short names of settings, as the command line and `play` take them, with the field of `RunConfig` that each fills.

Rule: an option and its field stand together here alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

SETTINGS: Mapping[str, str] = MappingProxyType(
    {
        "scenarios": "suite.scenarios",
        "empathic": "agent.spec",
        "variant": "suite.variants",
        "evaluator": "evaluator.name",
        "judge": "evaluator.judges",
        "judge_every": "evaluator.judge_every",
        "support_judge": "evaluator.support_judge",
        "judge_check": "evaluator.judge_check",
        "calibration": "evaluator.calibration",
        "director": "director",
        "voice": "persona.voice",
        "base_url": "agent.base_url",
        "judge_base_url": "evaluator.judge_base_url",
        "repeats": "suite.repeats",
        "seed": "suite.seed",
        "noise": "persona.noise",
        "nearness": "persona.nearness",
        "max_turns": "suite.max_turns",
        "limit": "suite.limit",
        "concurrency": "execution.concurrency",
        "executor": "execution.executor",
        "workers": "execution.workers",
        "ray_address": "execution.ray_address",
        "temperature": "agent.temperature",
        "max_tokens": "agent.max_tokens",
        "extra_body": "agent.extra_body",
        "judge_temperature": "evaluator.temperature",
        "judge_max_tokens": "evaluator.max_tokens",
        "voice_max_tokens": "persona.voice_max_tokens",
        "voice_check": "persona.voice_check",
        "strict_voice": "persona.strict_voice",
        "profile": "evaluator.profile",
        "rubric": "evaluator.rubric",
        "personas": "persona.folder",
        "out": "store.out",
        "store": "store.url",
        "max_cost": "limits.run_cost",
        "max_run_tokens": "limits.run_tokens",
        "max_minutes": "limits.run_minutes",
        "episode_tokens": "limits.episode_tokens",
        "episode_seconds": "limits.episode_seconds",
        "timeout": "execution.timeout",
        "retries": "execution.retries",
        "prices": "store.prices",
        "on_judge_outage": "execution.on_outage",
        "max_failed": "execution.max_failed",
        "cache": "execution.cache",
        "offline": "execution.offline",
        "otel": "execution.otel",
        "langsmith": "execution.langsmith",
        "redact": "store.redaction",
        "speaks": "agent.speaks",
        "on_interrupt": "agent.on_interrupt",
        "context": "agent.context",
        "initial": "agent.initial",
        "extra": "extra",
        "import_": "imports",
    }
)
KEYS = ("api_key", "judge_api_key")
"""What is typed beside them and is no setting: it is never kept."""
_OF_MANY = {"scenarios", "empathic", "limit", "out", "store", "prices", "personas", "repeats", "import_", "calibration"}
_OF_RUNS = ("limits.", "execution.")
OF_A_PLAY = (
    *(name for name, field in SETTINGS.items() if name not in _OF_MANY and not field.startswith(_OF_RUNS)),
    *("timeout", "retries", "langsmith", *KEYS),
)
"""What `play` takes."""
