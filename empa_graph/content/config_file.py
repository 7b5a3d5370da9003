"""Configurations of runs as files: YAML or TOML, read strictly, written whole."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

from pydantic import JsonValue

from empa_graph.content.loading import LARGEST_FILE, read_text, read_yaml
from empa_graph.errors import ContentError, SettingError
from empa_graph.models.config import RunConfig


def load_config(path: Path) -> RunConfig:
    """Read a configuration: TOML where the name ends so, else YAML. Raises ContentError with file and line."""
    if path.suffix == ".toml":
        return _from_toml(path)
    document = read_yaml(path)
    try:
        return RunConfig.model_validate(document.data)
    except SettingError as error:
        raise ContentError(f"{document.where(error.path)}: {error}") from None


def _from_toml(path: Path) -> RunConfig:
    try:
        return RunConfig.model_validate(tomllib.loads(read_text(path, LARGEST_FILE)))
    except tomllib.TOMLDecodeError as error:
        raise ContentError(f"{path}: malformed TOML: {error}") from None
    except SettingError as error:
        raise ContentError(f"{path}: {error}") from None


def as_yaml(config: RunConfig) -> str:
    """Return every setting of ``config`` as YAML that `load_config` reads."""
    lines = []
    for name, value in config.model_dump(mode="json").items():
        if isinstance(value, dict):
            lines += [f"{name}:", *(f"  {setting}: {_written(held)}" for setting, held in value.items())]
        else:
            lines.append(f"{name}: {_written(value)}")
    return "\n".join(lines) + "\n"


def _written(value: JsonValue) -> str:
    """Return a value on one line: JSON, which YAML reads alike."""
    return json.dumps(value, ensure_ascii=False)
