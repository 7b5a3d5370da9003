from __future__ import annotations

import importlib
import pkgutil

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

import empa_graph.models
from empa_graph.models.record import Record, Slug, Text

MODULES = [
    importlib.import_module(f"empa_graph.models.{m.name}") for m in pkgutil.iter_modules(empa_graph.models.__path__)
]
DEFINED = {
    thing
    for module in MODULES
    for thing in vars(module).values()
    if isinstance(thing, type) and issubclass(thing, BaseModel) and thing.__module__ == module.__name__
}


@pytest.mark.parametrize("model", sorted(DEFINED, key=lambda model: model.__name__))
def test_every_model_is_a_frozen_closed_finite_record(model: type[BaseModel]):
    assert issubclass(model, Record)
    config = model.model_config
    assert (config["frozen"], config["extra"], config["allow_inf_nan"]) == (True, "forbid", False)


@pytest.mark.parametrize("name", ["", "a", "Calm", "9lives", "a b", "a/b", "..", "caf\u00e9", "a\n", "x" * 49])
def test_a_name_that_could_be_a_path_or_a_sentence_is_no_slug(name: str):
    with pytest.raises(ValidationError):
        TypeAdapter(Slug).validate_python(name)


def test_a_slug_is_short_and_lower_case():
    assert [TypeAdapter(Slug).validate_python(name) for name in ("ab", "a_9", "x" * 48)] == ["ab", "a_9", "x" * 48]


def test_text_is_stripped_and_never_blank():
    assert TypeAdapter(Text).validate_python("  said \n") == "said"
    for wrong in (" \n\t", "x" * 2_001):
        with pytest.raises(ValidationError):
            TypeAdapter(Text).validate_python(wrong)
