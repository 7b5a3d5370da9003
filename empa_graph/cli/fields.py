"""What a command found, as JSON holds it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any


def fields(value: Any) -> Any:
    """Return named tuples as objects of their fields, days as text, and all else as it is."""
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: fields(part) for name, part in value._asdict().items()}
    if isinstance(value, Mapping):
        return {name: fields(part) for name, part in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    return [fields(part) for part in value] if isinstance(value, tuple | list) else value
