"""A persona as a YAML file that people can edit: block style, every text in double quotes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from pydantic import JsonValue

from empa_graph.errors import writing
from empa_graph.models.persona import Persona

_WORDS_OF_YAML = frozenset(("yes", "no", "on", "off", "true", "false", "null"))
"""Names that stand in quotes: bare, YAML reads them as something else than text."""


def write_persona(persona: Persona, folder: Path, *, header: str = "") -> Path:
    """Write ``persona`` to ``folder`` under its id, after ``header``. Raises UsageError."""
    file = folder / f"{persona.id}.yaml"
    card: dict[str, JsonValue] = persona.model_dump(mode="json", exclude_defaults=True)
    lines = _block({"schema_version": persona.schema_version, **card}, "")
    with writing(file):
        folder.mkdir(parents=True, exist_ok=True)
        file.write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    return file


def _block(fields: dict[str, JsonValue], pad: str) -> Iterator[str]:
    for name, value in fields.items():
        if isinstance(value, dict | list) and not _flat(value):
            yield f"{pad}{_name(name)}:"
            yield from _block(value, f"{pad}  ") if isinstance(value, dict) else _items(value, f"{pad}  ")
        else:
            yield f"{pad}{_name(name)}: {_flow(value)}"


def _items(values: list[JsonValue], pad: str) -> Iterator[str]:
    for value in values:
        if isinstance(value, dict) and not _flat(value):
            first, *others = _block(value, f"{pad}  ")
            yield f"{pad}- {first.strip()}"
            yield from others
        else:
            yield f"{pad}- {_flow(value)}"


def _flat(value: dict[str, JsonValue] | list[JsonValue]) -> bool:
    """Whether ``value`` fits one line: plain numbers, or an object of plain values."""
    if isinstance(value, list):
        return all(isinstance(part, int | float) for part in value)
    return "value" in value or "weight" in value or "trust" in value


def _name(name: str) -> str:
    return json.dumps(name) if name in _WORDS_OF_YAML else name


def _flow(value: JsonValue) -> str:
    """JSON in one line is YAML, too: keys stand bare, texts in double quotes with the same escapes."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_name(name)}: {_flow(part)}" for name, part in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
