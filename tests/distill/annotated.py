"""Answers of a model that annotates, and a folder to annotate."""

from __future__ import annotations

import json
from typing import Any

from empa_graph.distill.annotator_prompt import field_of
from tests.distill.marked import KNOWN, any_value

SAID = "crying every single night"


def pointed(words: str = SAID, message: int = 0) -> list[dict[str, Any]]:
    """Evidence."""
    return [{"message": message, "words": words}] if words else []


def annotation(**changed: object) -> str:
    """An answer in which every variable has some value on the same words; ``changed`` by field."""
    every = {}
    for variable in KNOWN.values():
        value = any_value(variable.id)
        whole = variable.bounds is not None and not variable.id.startswith(("start", "end"))
        every[field_of(variable)] = {"evidence": pointed(), "value": int(value) if whole else value}
    return json.dumps(every | changed)


def given(value: object, words: str = SAID, message: int = 0) -> dict[str, object]:
    """One field of an answer."""
    return {"evidence": pointed(words, message), "value": value}
