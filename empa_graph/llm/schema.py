"""Pydantic models in a request: one as its ``response_format``, or several as tools."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, JsonValue

_DROPPED = frozenset({"title", "default", "discriminator", "examples"})
# OpenAI's strict mode refuses these; llama.cpp's grammar grows with them. The caller validates the answer.
_LENGTHS = frozenset({"minLength", "maxLength"})


@lru_cache(maxsize=256)
def response_format(schema: type[BaseModel]) -> dict[str, JsonValue]:
    """Return the request field that asks for ``schema``, strict unless it has free-form objects."""
    tree = schema.model_json_schema()
    strict = not _has_free_objects(tree)
    closed = _closed(tree) if strict else tree
    return {
        "type": "json_schema",
        "json_schema": {"name": schema.__name__[:64], "strict": strict, "schema": closed},
    }


def tool_fields(tools: Sequence[type[BaseModel]]) -> dict[str, object]:
    """Return the request fields that offer ``tools``, of which one at most is to be called."""
    return {"tools": [_described(tool) for tool in tools], "parallel_tool_calls": False}


@lru_cache(maxsize=64)
def _described(tool: type[BaseModel]) -> dict[str, Any]:
    """Return the schema of ``tool``, made once: shared, not to be changed."""
    from langchain_core.utils.function_calling import convert_to_openai_tool

    return convert_to_openai_tool(tool)


def _has_free_objects(node: JsonValue) -> bool:
    if isinstance(node, list):
        return any(map(_has_free_objects, node))
    if not isinstance(node, dict):
        return False
    free = node.get("type") == "object" and "properties" not in node
    return free or any(map(_has_free_objects, node.values()))


def _closed(node: JsonValue) -> JsonValue:
    """Close every object and require all its properties, as strict mode asks."""
    if isinstance(node, list):
        return [_closed(item) for item in node]
    if not isinstance(node, dict):
        return node
    names = node.get("properties")
    kept: dict[str, JsonValue] = {
        "anyOf" if key == "oneOf" else key: _closed(value)
        for key, value in node.items()
        if key not in _DROPPED | _LENGTHS and key not in ("properties", "$defs")
    }
    for table in ("properties", "$defs"):
        if isinstance(inner := node.get(table), dict):
            kept[table] = {name: _closed(value) for name, value in inner.items()}
    if isinstance(names, dict):
        kept["required"] = list(names)
        kept["additionalProperties"] = False
    return kept
