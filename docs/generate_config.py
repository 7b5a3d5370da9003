"""Write docs/config.md from RunConfig and the help of its options: ``python docs/generate_config.py``."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from annotated_types import Ge, Gt, Le
from pydantic.fields import FieldInfo

from empa_graph.cli.option_texts import OPTIONS
from empa_graph.models.config import RunConfig
from empa_graph.models.settings import SETTINGS

PAGE = Path(__file__).with_name("config.md")
_HEAD = """# Configuration

Written by `python docs/generate_config.py` from `RunConfig`. A setting is a field of `RunConfig(...)`, an option of
`empa run` and a place in a file for `--config`; [runs.md](runs.md#a-run-as-a-file) shows such a file. An option goes
before the file. Keys are no settings.
"""
_TABLE = "| setting | option | type | default | what it is |\n|---|---|---|---|---|\n"
_OPTION = {field: name for name, field in SETTINGS.items()}


def page() -> str:
    """Return the page as the configuration stands now."""
    schema = RunConfig.model_json_schema()
    parts, alone = "", ""
    for name, field in RunConfig.model_fields.items():
        part = getattr(field.annotation, "model_fields", None)
        if part is None:
            alone += _row(name, field, schema["properties"][name])
            continue
        of_part = schema["$defs"][field.annotation.__name__]
        rows = (_row(f"{name}.{one}", part[one], said) for one, said in of_part["properties"].items())
        parts += f"\n## {name}\n\n{of_part['description']}\n\n{_TABLE}{''.join(rows)}"
    return f"{_HEAD}{parts}\n## Beside the parts\n\n{_TABLE}{alone}"


def _row(name: str, field: FieldInfo, schema: dict[str, Any]) -> str:
    option = OPTIONS[_OPTION[name]]
    flag = f"`{option.flag or '--' + _OPTION[name].replace('_', '-')}`"
    kind = " ".join((_kind(schema), *_bounds([field.annotation, *field.metadata])))
    default = "" if schema.get("default") is None else f"`{json.dumps(schema['default'])}`"
    cells = (f"`{name}`", option.metavar if option.argument else flag, kind, default, option.help)
    return f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |\n"


def _kind(schema: dict[str, Any]) -> str:
    """Return the type of a setting in words; that it may be absent is said by its empty default."""
    if "anyOf" in schema:
        return " or ".join(_kind(one) for one in schema["anyOf"] if one["type"] != "null")
    if "enum" in schema:
        return ", ".join(f"`{value}`" for value in schema["enum"])
    return {"array": "texts", "string": "text", "boolean": "yes or no"}.get(schema["type"], schema["type"])


def _bounds(annotations: list[object]) -> Iterator[str]:
    """Yield the bounds that stand anywhere in the annotations of a setting."""
    for one in annotations:
        for kind, words, at in ((Ge, "from", "ge"), (Gt, "above", "gt"), (Le, "to", "le")):
            if isinstance(one, kind):
                yield f"{words} {getattr(one, at):,}"
        yield from _bounds([*getattr(one, "metadata", ()), *get_args(one)])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
