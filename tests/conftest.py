"""Settings that must stand before langgraph is imported, and how hard properties are tried."""

from __future__ import annotations

import gc
import os

from hypothesis import settings

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

settings.register_profile("suite", max_examples=50, derandomize=True)
settings.register_profile("search", max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))

# What the imports make stays until the end: looking through it for garbage takes a third of the collection's time.
gc.disable()


def pytest_collection_finish() -> None:
    """Collect garbage from here on, of what the tests make."""
    gc.freeze()
    gc.set_threshold(10_000, 20, 100)
    gc.enable()
