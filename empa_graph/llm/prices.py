"""What a call costs by list price. An unknown price is None and said; it is never 0."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from empa_graph.content.loading import load_model
from empa_graph.llm.providers import PACKAGES
from empa_graph.models.dialogue import Usage
from empa_graph.models.record import Record

Dollars = Annotated[float, Field(ge=0.0, le=1e6)]
PER = 1_000_000
"""Tokens that a price is for."""
_LISTED = Path(__file__).with_name("prices.yaml")
_DATED = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2})$")
_FREE = ("local", "scripted")


class Price(Record):
    """US dollars per million tokens of one model; without ``tokens_cached`` cached tokens cost what others do."""

    tokens_in: Dollars
    tokens_cached: Dollars | None = None
    tokens_out: Dollars
    as_of: date
    source: str = Field(min_length=1, max_length=300)

    def of(self, usage: Usage | None) -> float | None:
        """Return the dollars of ``usage``; None when it lacks a count (a missing count of cached tokens is none)."""
        if usage is None or usage.tokens_in is None or usage.tokens_out is None:
            return None
        cached = min(usage.tokens_cached or 0, usage.tokens_in)
        cached_price = self.tokens_in if self.tokens_cached is None else self.tokens_cached
        fresh = (usage.tokens_in - cached) * self.tokens_in
        return (fresh + cached * cached_price + usage.tokens_out * self.tokens_out) / PER


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
    prices: dict[str, Price]

    @model_validator(mode="after")
    def _named(self) -> _File:
        if "" in self.prices:
            raise ValueError("a model without a name")
        return self


class Prices:
    """Prices by model name; a name with a date at its end has the price of the name without it."""

    def __init__(self, table: dict[str, Price]) -> None:
        self.table = table

    def price(self, model: str) -> Price | None:
        """Return the price of ``model``, with or without its provider in front; None when it is unknown."""
        provider, _, name = model.partition(":")
        names = [model, name] if provider == "openai" or provider in PACKAGES else [model]
        candidates = [*names, *(_DATED.sub("", each) for each in names)]
        return next((self.table[each] for each in candidates if each in self.table), None)

    def cost(self, model: str, usage: Usage | None, *, endpoint: str = "") -> float | None:
        """Return the dollars of one call: 0 for local and scripted models, None when price or tokens are unknown."""
        if is_free(endpoint or model):
            return 0.0
        price = self.price(model)
        return None if price is None else price.of(usage)

    def unknown(self, models: Iterable[str]) -> tuple[str, ...]:
        """Return those of ``models`` whose price is unknown, each once."""
        return tuple(m for m in dict.fromkeys(models) if not is_free(m) and self.price(m) is None)


def is_free(name: str) -> bool:
    """Say whether ``name``, an endpoint or a model string, is a local or scripted model, for which nobody is paid."""
    return re.split("[:?]", name, maxsplit=1)[0] in _FREE


def load_prices(overrides: Path | None = None) -> Prices:
    """Return the list prices, with those of the file ``overrides`` in their place. Raises ContentError in one line."""
    table = _listed()
    return Prices({**table, **load_model(overrides, _File).prices} if overrides else dict(table))


@cache
def _listed() -> dict[str, Price]:
    return load_model(_LISTED, _File).prices
