"""``--import``: modules and files that the user names, imported for what they register."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import typer

from empa_graph.cli.folders import import_from_here
from empa_graph.cli.plain import one_line, prints_aside
from empa_graph.content.registry import KINDS, REGISTRY
from empa_graph.errors import UsageError
from empa_graph.roles.empathic.attribute import load_module, module_name, refuse_below

OPTION = "--import"


def import_extensions(names: Sequence[str] | None, *, as_json: bool, runs: Sequence[str | Path | None] = ()) -> None:
    """Import each of ``names``, a module or a ``.py`` file, also from the working folder.

    Nothing is imported from below the folders of ``runs``, which may be a stranger's. A name that registers nothing
    is imported, and said on stderr. Raises UsageError.
    """
    if not names:
        return
    from empa_graph.run.place import run_folder

    folders = [folder for run in runs if run is not None and (folder := run_folder(str(run))) is not None]
    import_from_here(beside=next((one for one in folders if Path.cwd().is_relative_to(one.resolve())), None))
    for name in names:
        _check(name)
        for folder in folders:
            refuse_below(name, folder)
        known, imported = _registered(), module_name(name) in sys.modules
        with prints_aside(as_json):
            load_module(name, where=OPTION)
        if not imported and _registered() == known:
            typer.echo(one_line(f"empa: {OPTION} {name}: nothing is registered there; {_HOW}"), err=True)


_HOW = 'write @registered("evaluator", "NAME") above what a name should find (docs/extending.md)'


def _registered() -> frozenset[tuple[str, str]]:
    return frozenset((kind, name) for kind in KINDS for name in REGISTRY.names(kind))


def _check(name: str) -> None:
    """Raise UsageError for what is neither a module nor a file of Python."""
    if not name.endswith(".py") and ("/" in name or ":" in name or Path(name).is_file()):
        file = name.partition(":")[0]
        hint = f"; did you mean '{file}'?" if ":" in name else ""
        raise UsageError(
            f"{OPTION} '{name[:200]}': a module (my_package.roles) or a file (path/file.py) is named{hint}"
        )
