"""``empa config``, and how a configuration is read for a run: a file, then what was typed over it."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import typer
from pydantic import JsonValue

from empa_graph.cli.folders import import_from_here
from empa_graph.cli.options import openai_key
from empa_graph.cli.plain import plain
from empa_graph.cli.typed_config import Typed
from empa_graph.content.loading import LARGEST_FILE, read_text, read_yaml
from empa_graph.errors import ContentError, SettingError
from empa_graph.models.config import Keys, RunConfig
from empa_graph.report.text import many
from empa_graph.roles.specs import code_of

UNSENT = "not-needed"
"""Stands for a key where nothing is sent."""


def read(file: Path | None, typed: Typed, *, tell: bool = False) -> RunConfig:
    """Return the configuration in ``file`` with what was ``typed`` over it; ``tell`` says which code it imports."""
    held = load_config(file) if file is not None else RunConfig()
    config = typed.config(held)
    for spec in (*config.imports, *code_of(config)) if tell and file is not None else ():
        typer.echo(f"empa: {file}: imports {plain(spec)}", err=True)
    return config


def show(config: RunConfig, *, as_json: bool) -> None:
    """Print every setting."""
    fields = config.model_dump(mode="json")
    typer.echo(json.dumps(fields, indent=2) if as_json else as_yaml(config), nl=as_json)


def check(file: Path) -> None:
    """Resolve everything that ``file`` names, its roles among them; nothing is asked and nothing kept."""
    from empa_graph.run.config import prepared

    config = read(file, Typed({}, Keys()), tell=True)
    import_from_here()
    made, _ = prepared(config, keys=unsent(Keys(openai_key=openai_key())))
    typer.echo(f"{file}: {many(len(made.run.plan), 'episode')} of {many(len(made.scenarios), 'scenario')}")


def unsent(keys: Keys) -> Keys:
    """Return ``keys`` with something in the place of each that lacks, for models that are not asked."""
    return Keys(keys.api_key or UNSENT, keys.judge_api_key or UNSENT, keys.openai_key or UNSENT)


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
