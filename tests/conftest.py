"""What holds for every test: how hard properties are tried, in what order, how garbage is collected."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile

import pytest
from hypothesis import settings

settings.register_profile("suite", max_examples=30, derandomize=True, deadline=None)
settings.register_profile("search", max_examples=1_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# The key under which runs are sealed lies in the user's state folder; tests have one of their own.
STATE = tempfile.mkdtemp(prefix="empa-state-")
os.environ["XDG_STATE_HOME"] = STATE

# What the imports make stays until the end: looking through it for garbage takes a third of the collection's time.
gc.disable()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first, so that parallel processes end at the same time."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def pytest_collection_finish() -> None:
    """Collect garbage from here on, of what the tests make."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
    gc.enable()


def pytest_unconfigure() -> None:
    """Remove the state folder of the tests."""
    shutil.rmtree(STATE, ignore_errors=True)


@pytest.fixture
def strict_checkpoints(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let checkpoints of this process bring back declared types alone, as LANGGRAPH_STRICT_MSGPACK=true does.

    Only where it is asked for: compiling any graph, with checkpoints or not, takes twice as long with it.
    """
    from langgraph._internal import _serde
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

    monkeypatch.setattr(_serde, "STRICT_MSGPACK_ENABLED", True)
    monkeypatch.setattr(BaseCheckpointSaver, "serde", JsonPlusSerializer(allowed_msgpack_modules=None))
