"""Settings that must stand before langgraph is imported, and how hard properties are tried."""

from __future__ import annotations

import os

from hypothesis import settings

os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

settings.register_profile("suite", max_examples=50, derandomize=True)
settings.register_profile("search", max_examples=1_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "suite"))
