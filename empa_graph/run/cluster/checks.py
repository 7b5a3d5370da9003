"""What the executor ``ray`` can play, decided before anything is made; Ray itself is not imported for it."""

from __future__ import annotations

import importlib.util
import os

from empa_graph.errors import MissingExtraError, UsageError
from empa_graph.models.config import Keys, RunConfig
from empa_graph.roles.overrides import NOTHING, Overrides

INSTALL = "--executor ray needs Ray: pip install 'empa-graph[ray,postgres]'"
ENVIRONMENT = {"api_key": "EMPA_API_KEY", "judge_api_key": "EMPA_JUDGE_API_KEY", "openai_key": "OPENAI_API_KEY"}
"""Where a worker takes each key from."""


def environment_keys() -> Keys:
    """Return the keys that the environment of this process holds."""
    return Keys(**{name: os.environ.get(variable) or None for name, variable in ENVIRONMENT.items()})


def check_ray(config: RunConfig, keys: Keys, given: Overrides) -> None:
    """Raise UsageError where workers cannot play what is asked for, MissingExtraError where Ray is not installed."""
    if importlib.util.find_spec("ray") is None:
        raise MissingExtraError(INSTALL)
    url = config.store.url
    if url is None or url.startswith("sqlite"):
        raise UsageError(
            "--executor ray keeps its run in PostgreSQL: a SQLite file lies on one machine, and a run that loses it "
            "can be gone on with from no other; add --store postgresql+psycopg://USER@HOST/DATABASE"
        )
    if given != NOTHING:
        raise UsageError("--executor ray plays what is named, and an object of Python has no name that a worker knows")
    for name, variable in ENVIRONMENT.items():
        if getattr(keys, name) not in (None, getattr(environment_keys(), name)):
            raise UsageError(f"--executor ray sends no key to a worker: set {variable}, here and where workers run")
