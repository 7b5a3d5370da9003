"""``empa config``, and how a configuration is read for a run: a file, then what was typed over it."""

from __future__ import annotations

import json
from pathlib import Path

import typer

from empa_graph.cli.folders import import_from_here
from empa_graph.cli.options import openai_key
from empa_graph.cli.plain import plain
from empa_graph.cli.typed_config import Typed
from empa_graph.content.config_file import as_yaml, load_config
from empa_graph.models.config import Keys, RunConfig
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
    typer.echo(f"{file}: {len(made.run.plan)} episodes of {len(made.scenarios)} scenarios")


def unsent(keys: Keys) -> Keys:
    """Return ``keys`` with something in the place of each that lacks, for models that are not asked."""
    return Keys(keys.api_key or UNSENT, keys.judge_api_key or UNSENT, keys.openai_key or UNSENT)
