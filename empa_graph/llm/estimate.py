"""What a run would ask and cost, worked out before anything is sent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from empa_graph.llm.prices import Prices
from empa_graph.models.dialogue import Usage
from empa_graph.models.record import Record

CHARACTERS_PER_TOKEN = 4
"""Of English text; other scripts take more tokens for the same characters."""
Count = Annotated[int, Field(ge=0)]


class RoleSize(Record):
    """How large the requests of one role are, in characters, and how often they are made."""

    role: str
    model: str
    """As the user writes it."""
    prompt: Count
    """Characters of the role's first prompt."""
    growth: Count = 0
    """Characters that each further turn adds to it."""
    longest: Count | None = None
    """Characters at which the prompt stops to grow; None for never."""
    tokens_out: Count
    """Tokens of one answer at most."""
    every: int = Field(default=1, ge=1)
    """Asked every so many turns, and at the last one."""


class RoleEstimate(Record):
    """What one role would use; ``cost`` in US dollars, None when the price of its model is unknown."""

    role: str
    model: str
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None


class Estimate(Record):
    """What a run would use by role and in all, and what the figures assume."""

    roles: tuple[RoleEstimate, ...]
    calls: int
    tokens_in: int
    tokens_out: int
    cost: float | None
    """US dollars; None when any price is unknown."""
    unpriced: tuple[str, ...]
    """The models whose price is unknown."""
    assumptions: tuple[str, ...]


def estimate(roles: Sequence[RoleSize], *, episodes: int, turns: int, prices: Prices) -> Estimate:
    """Return the upper bound for ``episodes`` that all run to ``turns``, before retries and corrections."""
    found = tuple(_estimate(size, episodes, turns, prices) for size in roles)
    costs = [role.cost for role in found]
    return Estimate(
        roles=found,
        calls=sum(role.calls for role in found),
        tokens_in=sum(role.tokens_in for role in found),
        tokens_out=sum(role.tokens_out for role in found),
        cost=None if None in costs else math.fsum(cost for cost in costs if cost is not None),
        unpriced=prices.unknown(size.model for size in roles),
        assumptions=(
            f"{CHARACTERS_PER_TOKEN} characters per token, as in English text",
            f"every episode runs to its last possible turn ({turns}); most end earlier",
            "every answer is as long as it may be",
            "nothing is taken from a prompt cache, which would cost less",
            "no request is retried and no judgement is asked for twice, which would cost more",
            *(f"the prices of {role.model} are list prices as of {day}" for role, day in _days(found, prices)),
        ),
    )


def _estimate(size: RoleSize, episodes: int, turns: int, prices: Prices) -> RoleEstimate:
    asked = [turn for turn in range(1, turns + 1) if turn % size.every == 0 or turn == turns]
    characters = [size.prompt + size.growth * (turn - 1) for turn in asked]
    if size.longest is not None:
        characters = [min(each, max(size.longest, size.prompt)) for each in characters]
    tokens_in = episodes * sum(math.ceil(each / CHARACTERS_PER_TOKEN) for each in characters)
    tokens_out = episodes * len(asked) * size.tokens_out
    return RoleEstimate(
        role=size.role,
        model=size.model,
        calls=episodes * len(asked),
        tokens_in=tokens_in,
        tokens_out=tokens_out,
        cost=prices.cost(size.model, Usage(tokens_in=tokens_in, tokens_out=tokens_out)),
    )


def _days(roles: Sequence[RoleEstimate], prices: Prices) -> list[tuple[RoleEstimate, str]]:
    """Return one role of each listed model with the day its prices were written down."""
    of_model = {role.model: role for role in roles if role.cost}
    priced = [(role, prices.price(role.model)) for role in of_model.values()]
    return [(role, price.as_of.isoformat()) for role, price in priced if price is not None]
