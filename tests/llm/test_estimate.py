from __future__ import annotations

import pytest

from empa_graph.llm import Prices
from empa_graph.llm.estimate import RoleSize, estimate
from empa_graph.llm.prices import Price

PRICE = Price.model_validate({"tokens_in": 1.0, "tokens_out": 10.0, "as_of": "2025-01-01", "source": "a test"})
PRICES = Prices({"m": PRICE})


def size(**given: object) -> RoleSize:
    return RoleSize.model_validate({"role": "agent", "model": "m", "prompt": 400, "tokens_out": 50, **given})


def test_calls_tokens_and_cost_of_a_growing_prompt():
    found = estimate([size(growth=40)], episodes=10, turns=3, prices=PRICES)
    assert (found.calls, found.tokens_in, found.tokens_out) == (30, 10 * (100 + 110 + 120), 1_500)
    assert found.cost == pytest.approx((3_300 * 1.0 + 1_500 * 10.0) / 1e6)


def test_a_prompt_stops_to_grow_at_its_longest():
    found = estimate([size(growth=400, longest=800)], episodes=1, turns=4, prices=PRICES)
    assert found.tokens_in == 100 + 200 + 200 + 200


def test_a_role_asked_every_third_turn_is_asked_at_the_last_too():
    assert estimate([size(every=3)], episodes=1, turns=7, prices=PRICES).calls == 3


def test_one_unknown_price_makes_the_whole_cost_unknown_and_is_named():
    found = estimate([size(), size(model="other")], episodes=1, turns=1, prices=PRICES)
    assert (found.cost, found.unpriced) == (None, ("other",))
    assert [role.cost is None for role in found.roles] == [False, True]


def test_local_models_cost_nothing():
    found = estimate([size(model="local")], episodes=1, turns=1, prices=PRICES)
    assert (found.cost, found.unpriced) == (0.0, ())


def test_the_assumptions_say_the_turns_and_the_day_of_the_prices():
    told = "\n".join(estimate([size(), size(role="judge")], episodes=1, turns=12, prices=PRICES).assumptions)
    assert "4 characters per token" in told and "(12)" in told and told.count("2025-01-01") == 1


def test_an_empty_plan_asks_nothing():
    found = estimate([size()], episodes=0, turns=5, prices=PRICES)
    assert (found.calls, found.tokens_in, found.cost) == (0, 0, 0.0)
