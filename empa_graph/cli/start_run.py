"""``empa run`` and ``empa resume``: from a configuration, or a run that was left, to a run folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import typer

from empa_graph.cli.config_command import unsent
from empa_graph.cli.estimate_view import print_estimate
from empa_graph.cli.extensions import import_extensions
from empa_graph.cli.folders import acting, import_from_here, refuse_other, refuse_untyped, resuming
from empa_graph.cli.plain import one_line, prints_aside
from empa_graph.cli.run_session import probe_all, sit
from empa_graph.cli.typed_config import Typed
from empa_graph.cli.unbegun import unbegun
from empa_graph.errors import MissingExtraError, UsageError
from empa_graph.models.config import Keys, RunConfig
from empa_graph.models.run import Run
from empa_graph.report.lines import drift_lines, is_alarm
from empa_graph.roles.empathic.attribute import refuse_below
from empa_graph.roles.specs import code_of
from empa_graph.run.calibration_history import chosen, is_history, version_named
from empa_graph.run.config import Prepared, again, prepared
from empa_graph.run.evaluate import Kept, new_folder, refuse_other_store, resources_of
from empa_graph.run.home import key_file, opened, own_key
from empa_graph.run.session import check_resources
from empa_graph.store.folder import load_manifest
from empa_graph.study.calibration_drift import BOUND, drifts
from empa_graph.study.calibration_update import label_key

_ONCE = {"suite.repeats": 1}


def play(config: RunConfig, keys: Keys, *, dry_run: bool, as_json: bool, anchors: Path | None = None) -> None:
    """Check everything, then play; the exit code says how it went (see `sit`)."""
    check_anchored(config, anchors)
    with unbegun():
        import_from_here()
        out = config.store.out
        import_extensions(config.imports, as_json=as_json, runs=() if out is None else (out,))
        with prints_aside(as_json), _agent_named(config):
            # A dry run plans one repeat and multiplies: the repeats of a scenario are of one size.
            made, roles = prepared(config.changed(_ONCE), keys=unsent(keys)) if dry_run else prepared(config, keys=keys)
    with resources_of(config) as resources:
        with unbegun():
            check_resources(roles, config, resources)
            if dry_run:
                print_estimate(made, resources, repeats=config.suite.repeats, as_json=as_json)
                return
            probe_all(roles, offline=config.execution.offline)
        with _kept(anchored(made, anchors, keys)) as kept:
            sit(kept, resources, as_json=as_json)


@contextmanager
def _agent_named(config: RunConfig) -> Iterator[None]:
    """Say how an agent is named where none was, and what stands in its place is not installed."""
    try:
        yield
    except MissingExtraError as error:
        if "spec" in config.agent.model_fields_set:
            raise
        named = "add --empathic scripted:template, or --empathic my_package.agent:graph for code of yours"
        raise UsageError(f"no agent is named: {named}; without it the bundled model plays, and {error}") from None


@contextmanager
def _kept(made: Prepared) -> Iterator[Kept]:
    """Make the folder of a run, and say what resuming it will need where it cannot be sealed."""
    with new_folder(made) as folder:
        if own_key() is None and acting(folder.run):
            place, command = key_file() or "no home folder", resuming(folder.path, folder.run)
            unsealed = "no key can be kept there, so this run is not sealed as yours; to resume it, type"
            typer.echo(f"empa: {place}: {unsealed}: {command}", err=True)
        yield Kept(replace(made, run=folder.run), folder.path, folder.store)


def check_anchored(config: RunConfig, anchors: Path | None) -> None:
    """Raise UsageError where ``anchors`` are named and the calibration has none."""
    if anchors is None:
        return
    named = config.evaluator.calibration
    if named is None:
        raise UsageError("--anchors goes with --calibration VERSIONS, whose anchors are judged")
    if not is_history(version_named(named)[0]):
        raise UsageError(f"--anchors: {named} holds no versions, which alone have anchors")


def anchored(made: Prepared, anchors: Path | None, keys: Keys) -> Prepared:
    """Return ``made`` with how the anchors of its calibration are judged now, and say on stderr what did not hold.

    ``anchors`` holds their words; without it nothing is judged. Raises UsageError, ContentError.
    """
    named = made.run.calibration
    if anchors is None or named is None:
        return made
    from empa_graph.cli.scored_ratings import Asked, scored_ratings

    file, number = version_named(made.config.evaluator.calibration or Path())
    recorded = chosen(file, number).version.anchors
    scored = scored_ratings(
        Asked(anchors, made.config, keys, None, None, 0, None, only=lambda rated: label_key(rated) in recorded)
    )
    judged = named.model_copy(update={"drift": tuple(drifts(recorded, scored.pairs, bound=BOUND))})
    for line in filter(is_alarm, drift_lines(judged)):
        typer.echo(f"empa: {one_line(line)}", err=True)
    return replace(made, run=made.run.model_copy(update={"calibration": judged}))


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
