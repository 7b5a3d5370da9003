from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.errors import ContentError
from empa_graph.llm import Prices, load_prices
from empa_graph.llm.prices import Price
from empa_graph.models.dialogue import Usage

BIG = Price.model_validate(
    {"tokens_in": 2.0, "tokens_cached": 0.5, "tokens_out": 10.0, "as_of": "2025-01-01", "source": "a test"}
)
PRICES = Prices({"big": BIG, "big-2024-01-01": BIG.model_copy(update={"tokens_in": 4.0})})
MILLION = Usage(tokens_in=1_000_000, tokens_out=100_000)


def test_a_call_costs_what_its_tokens_cost():
    assert PRICES.cost("big", MILLION) == pytest.approx(2.0 + 1.0)
    assert PRICES.cost("big", Usage(tokens_in=1_000_000, tokens_cached=400_000, tokens_out=0)) == pytest.approx(1.4)


def test_without_a_cached_price_cached_tokens_cost_what_others_do():
    plain = BIG.model_copy(update={"tokens_cached": None})
    assert plain.of(Usage(tokens_in=1_000_000, tokens_cached=400_000, tokens_out=0)) == pytest.approx(2.0)


@pytest.mark.parametrize("usage", [None, Usage(), Usage(tokens_in=5), Usage(tokens_out=5)])
def test_unknown_tokens_have_an_unknown_cost(usage: Usage | None):
    assert PRICES.cost("big", usage) is None


def test_an_unknown_model_has_an_unknown_cost_and_is_named_once():
    assert PRICES.cost("small", MILLION) is None
    assert PRICES.unknown(["small", "big", "local", "small", "openai:other"]) == ("small", "openai:other")


@pytest.mark.parametrize(
    ("model", "dollars"),
    [
        ("openai:big", 3.0),
        ("anthropic:big-20250929", 3.0),
        ("big-2025-09-29", 3.0),
        ("big-2024-01-01", 5.0),
        ("big-mini", None),
        ("bigger", None),
        ("big-2024", None),
        ("myserver:big", None),
    ],
)
def test_a_name_fits_whole_or_up_to_its_date(model: str, dollars: float | None):
    assert PRICES.cost(model, MILLION) == (None if dollars is None else pytest.approx(dollars))


@pytest.mark.parametrize(
    ("model", "endpoint"), [("local", ""), ("local:/m.gguf", ""), ("local?lora=/a", ""), ("actor", "scripted")]
)
def test_local_and_scripted_models_are_free_whatever_they_counted(model: str, endpoint: str):
    assert PRICES.cost(model, None, endpoint=endpoint) == 0.0


def test_a_server_of_ones_own_is_not_taken_for_free():
    assert PRICES.cost("llama", MILLION, endpoint="http://127.0.0.1:8000/v1") is None
    assert PRICES.cost("localmodel", MILLION, endpoint="localhost") is None


def test_listed_prices_are_dated_and_cached_tokens_never_dearer():
    table = load_prices().table
    assert table and all(price.source for price in table.values())
    assert all((p.tokens_cached or 0) <= p.tokens_in < p.tokens_out for p in table.values())


def test_a_file_overrides_a_price_and_adds_one(tmp_path: Path):
    file = tmp_path / "prices.yaml"
    file.write_text(
        "prices:\n"
        "  gpt-4o: {tokens_in: 9, tokens_out: 9, as_of: 2026-01-01, source: our contract}\n"
        "  mine: {tokens_in: 0, tokens_out: 0, as_of: 2026-01-01, source: our own server}\n"
    )
    prices = load_prices(file)
    assert prices.cost("gpt-4o", MILLION) == pytest.approx(9.9)
    assert prices.cost("mine", MILLION) == 0.0
    assert prices.price("gpt-5") and load_prices().cost("gpt-4o", MILLION) == pytest.approx(3.5)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("m: {tokens_in: 1, token_cached: 1, tokens_out: 1, as_of: 2026-01-01, source: s}", "mean 'tokens_cached'"),
        ("m: {tokens_in: -1, tokens_out: 1, as_of: 2026-01-01, source: s}", "greater than or equal to 0"),
        ("m: {tokens_in: 1, tokens_out: .inf, as_of: 2026-01-01, source: s}", "tokens_out"),
        ("m: {tokens_in: 1, tokens_out: 1, as_of: 2026-01-01}", "source: this field is missing"),
        ("m: {tokens_in: 1, tokens_out: 1, as_of: soon, source: s}", "as_of"),
    ],
)
def test_a_wrong_price_file_is_one_line_with_its_place(tmp_path: Path, line: str, says: str):
    file = tmp_path / "prices.yaml"
    file.write_text(f"prices:\n  {line}\n")
    with pytest.raises(ContentError) as caught:
        load_prices(file)
    assert "prices.yaml:2" in str(caught.value) and says in str(caught.value) and "\n" not in str(caught.value)
