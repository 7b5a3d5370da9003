"""The base of every record: frozen, closed to unknown fields, finite numbers only; kinds of fields that many have."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,47}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2_000)]
Unit = Annotated[float, Field(ge=0.0, le=1.0)]
Point = tuple[float, ...]
ROUNDING = 1e-6
"""How far shares that were typed may be from 1 in sum."""


class Record(BaseModel):
    """A frozen pydantic model that refuses fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


def sums_to_one(shares: dict[str, float]) -> dict[str, float]:
    """Return ``shares``. Raises ValueError where they sum to anything but 1."""
    total = sum(shares.values())
    if abs(total - 1.0) > ROUNDING:
        raise ValueError(f"shares sum to {total:g}, allowed is 1")
    return shares
