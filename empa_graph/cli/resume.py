"""``empa resume``: go on with a run where it was left, with what its manifest names if it was made here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from empa_graph.cli.extensions import import_extensions
from empa_graph.cli.folders import import_from_here, refuse_other, refuse_untyped
from empa_graph.cli.plain import prints_aside
from empa_graph.cli.run_session import probe_all, sit
from empa_graph.cli.typed_config import Typed
from empa_graph.cli.unbegun import unbegun
from empa_graph.errors import UsageError
from empa_graph.models.config import RunConfig
from empa_graph.models.run import Run
from empa_graph.roles.empathic.attribute import refuse_below
from empa_graph.roles.specs import code_of
from empa_graph.run.config import Prepared, again, prepared
from empa_graph.run.evaluate import Kept, refuse_other_store, resources_of
from empa_graph.run.home import opened, own_key
from empa_graph.run.session import check_resources
from empa_graph.store.folder import load_manifest


def resume(path: Path, typed: Typed, *, as_json: bool) -> None:
    """Play what is left of the run in ``path``; refuse when what it stands on has changed since, or is not trusted."""
    with unbegun():
        run, trusted = load_manifest(path, own_key())
        refuse_other(run, typed)
        if not trusted:
            refuse_untyped(path, run, typed)
        import_from_here(beside=path)
        import_extensions(run.config.imports, as_json=as_json, runs=(path,))
        with prints_aside(as_json):
            made = restored(run, typed, path)
            roles = made.roles()
    with (
        resources_of(made.config) as resources,
        opened(path, run.id, store=made.config.store.url, writing=True) as store,
    ):
        refuse_other_store(path, made, store)
        check_resources(roles, made.config, resources)
        if len(store.ended()) < len(run.plan):
            probe_all(roles, offline=made.config.execution.offline)
        else:
            typer.echo("empa: nothing was left to play; the run stays as it is", err=True)
        sit(Kept(made, path, store), resources, as_json=as_json)


def restored(run: Run, typed: Typed, path: Path) -> Prepared:
    """Return what ``run`` plays, from its manifest in ``path`` and what was typed for this session.

    Raises UsageError for content or code that has changed, and for an agent below ``path``.
    """
    if run.recorded is not None:
        raise UsageError(f"run '{run.id}' was recorded elsewhere and not played; there is nothing to resume")
    if run.handed:
        named = ", ".join(run.handed)
        raise UsageError(f"run '{run.id}' was played with objects of Python ({named}); go on with evaluate()")
    config = typed.config(run.config.resumed)
    for spec in code_of(config):
        refuse_below(spec, path)
    made, _ = prepared(_planned(run, config), keys=typed.keys)
    return again(run, replace(made, config=config))


def _planned(run: Run, config: RunConfig) -> RunConfig:
    """Return ``config`` with the scenarios of the plan, whatever their names stand for by now."""
    named = tuple(dict.fromkeys(item.scenario for item in run.plan))
    return config.changed({"suite.scenarios": named, "suite.limit": None})
