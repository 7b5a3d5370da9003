from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from empa_graph.llm.schema import response_format


class Leaf(BaseModel):
    title: str = Field(default="", max_length=9)
    level: Literal[0, 1]


class Tree(BaseModel):
    leaves: list[Leaf]
    note: str | None = None


class Free(BaseModel):
    words: dict[str, int]


def sent(schema: type[BaseModel]) -> dict[str, object]:
    inner = response_format(schema)["json_schema"]
    assert isinstance(inner, dict)
    return dict(inner)


def test_every_object_is_closed_and_requires_all_its_fields():
    tree = sent(Tree)
    schema = tree["schema"]
    assert isinstance(schema, dict) and tree["strict"] is True and tree["name"] == "Tree"
    leaf = schema["$defs"]["Leaf"]
    assert (schema["required"], leaf["required"]) == (["leaves", "note"], ["title", "level"])
    assert schema["additionalProperties"] is False and leaf["additionalProperties"] is False


def test_a_field_may_be_called_title_and_limits_of_length_are_left_to_the_caller():
    leaf = sent(Tree)["schema"]["$defs"]["Leaf"]  # type: ignore[index]
    assert leaf["properties"]["title"] == {"type": "string"}


def test_a_free_form_object_is_sent_as_it_is_and_not_strict():
    free = sent(Free)
    assert free["strict"] is False and free["schema"] == Free.model_json_schema()
