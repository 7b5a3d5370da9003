from __future__ import annotations

import sys

import pytest

from empa_graph.distill.redact import finders
from empa_graph.errors import MissingExtraError


def test_presidio_finds_an_address_by_the_suffixes_that_are_installed():
    pytest.importorskip("presidio_analyzer")
    from empa_graph.distill.presidio import presidio

    text = "write to jo.anne@help.example.co.uk or 943 476 5919, my nhs number; a@b.nosuchsuffix"
    found = {(span.kind, text[span.start : span.end]) for span in presidio()(text)}
    assert {("email", "jo.anne@help.example.co.uk"), ("id", "943 476 5919")} <= found
    assert not any(said.startswith("a@b") for _, said in found)


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch):
    pytest.importorskip("presidio_analyzer")
    from empa_graph.distill.presidio import presidio

    monkeypatch.setattr("requests.Session.send", lambda *_, **__: pytest.fail("asked a server"))
    presidio.cache_clear()
    assert [span.kind for span in presidio()("write to jo@help.example.org")] == ["email"]


def test_it_names_nobody_by_a_language_model():
    pytest.importorskip("presidio_analyzer")
    from empa_graph.distill.presidio import presidio

    assert [*presidio()("Anna met Pavel in Leeds on Monday at 9")] == []


def test_the_lists_of_names_hold_those_of_many_countries_and_no_ordinary_words():
    pytest.importorskip("faker")
    from empa_graph.distill.name_lists import given_names

    names = given_names()
    assert {"anna", "oluwaseun", "zbigniew", "priyanka"} <= names
    assert names & {"will", "hope", "love", "may"} == set()


@pytest.mark.parametrize("module", ["presidio_analyzer", "faker.providers"])
def test_an_extra_that_is_absent_is_named(module: str, monkeypatch: pytest.MonkeyPatch):
    from empa_graph.distill import name_lists, presidio

    for cached in (finders, name_lists.given_names, presidio.presidio):
        cached.cache_clear()
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingExtraError, match=r"pip install 'empa-graph\[distill\]'"):
        finders(extra=True)
