"""``empa run``: from the words typed to a run folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import typer

from empa_graph.cli.estimate_view import print_estimate
from empa_graph.cli.extensions import import_extensions
from empa_graph.cli.folders import acting, import_from_here, key_file, own_key, resuming
from empa_graph.cli.plain import prints_aside
from empa_graph.cli.run_session import open_resources, probe_all, sit
from empa_graph.cli.session_options import SessionOptions
from empa_graph.content.library import find_scenarios, load_rubric, persona_files, spread
from empa_graph.content.validation import check_space
from empa_graph.episode.score import check_profile
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Run
from empa_graph.roles.empathic.attribute import refuse_below
from empa_graph.roles.empathic.instructions import check_instructed, check_variant
from empa_graph.roles.make import code_of, make_roles
from empa_graph.run.config import Casting
from empa_graph.run.plan import planned, run_hashes, run_id, versions
from empa_graph.run.provenance import code_hashes, git_revision, platform_facts
from empa_graph.run.schedule import check_seats
from empa_graph.run.session import Played, check_resources
from empa_graph.run.single import with_max_turns
from empa_graph.store.database import shown_url
from empa_graph.store.folder import RunFolder

UNSENT = "not-needed"
"""Stands for a key where nothing is sent."""


@dataclass(frozen=True, slots=True)
class RunRequest:
    """What to play and how, in the user's words."""

    scenarios: tuple[str, ...]
    variants: tuple[str, ...]
    repeats: int
    seed: int
    max_turns: int | None
    limit: int | None
    concurrency: int
    profile: str
    rubric: str | None
    personas: Path | None
    out: Path | None
    store: str | None
    prices: Path | None
    redact: str | None
    on_interrupt: str | None
    imports: tuple[str, ...] = ()
    """Modules and files that are imported for what they register."""


def play(request: RunRequest, casting: Casting, options: SessionOptions) -> None:
    """Check everything, then play; the exit code says how it went (see `sit`)."""
    import_from_here()
    import_extensions(request.imports, as_json=options.json, runs=() if request.out is None else (request.out,))
    for spec in code_of(casting) if request.out is not None else ():
        refuse_below(spec, request.out or Path())
    casting = _keyed(casting) if options.dry_run else casting
    rubric = with_max_turns(load_rubric(casting.rubric(request.rubric)), request.max_turns)
    chosen = spread(find_scenarios(request.scenarios, request.personas), request.limit)
    _check(request, chosen, casting)
    with prints_aside(options.json):
        seats = make_roles(casting, rubric)
    check_instructed(request.variants, agent=casting.empathic, instructed=seats.instructed)
    run = _manifest(request, casting, chosen, rubric)
    check_seats(run, seats, rubric)
    played = Played(run, chosen, casting, rubric)
    with open_resources(options, request.prices) as resources:
        check_resources(seats, resources)
        if options.dry_run:
            print_estimate(played, resources, as_json=options.json)
            return
        probe_all(seats, offline=resources.offline)
        with _folder(request, run) as folder:
            sit(replace(played, run=folder.run), folder.store, folder.path, resources, options)


def _folder(request: RunRequest, run: Run) -> RunFolder:
    """Make the folder of ``run``, and say what resuming it will need where it cannot be sealed."""
    key = own_key(make=True)
    if request.out is not None:
        made = RunFolder(request.out, run, url=request.store, key=key)
    else:
        made = RunFolder.named(Path("runs"), run, url=request.store, key=key)
    if key is None and acting(run):
        typer.echo(
            f"empa: {key_file() or 'no home folder'}: no key can be kept there, so this run is not sealed as yours; "
            f"to resume it, type: {resuming(made.path, made.run)}",
            err=True,
        )
    return made


def _keyed(casting: Casting) -> Casting:
    """Return ``casting`` with something in the place of each key it lacks, for models that are not asked."""
    return replace(
        casting,
        api_key=casting.api_key or UNSENT,
        judge_api_key=casting.judge_api_key or UNSENT,
        openai_key=casting.openai_key or UNSENT,
    )


def _check(request: RunRequest, chosen: Sequence[Scenario], casting: Casting) -> None:
    for variant in request.variants:
        check_variant(variant)
    check_profile(request.profile, where="--profile")
    full = load_rubric(casting.rubric(request.rubric))
    for file in persona_files(request.personas):
        if goals := {scenario.goal.id for scenario in chosen if scenario.persona.id == file.stem}:
            check_space(file, full, goals=goals)


def _manifest(request: RunRequest, casting: Casting, chosen: Sequence[Scenario], rubric: Rubric) -> Run:
    now = datetime.now(UTC)
    named = casting.rubric(request.rubric)
    run = Run(
        id=run_id(now, casting.empathic),
        created=now.isoformat(timespec="seconds"),
        agent=casting.empathic,
        base_url=casting.base_url,
        judge_base_url=casting.judge_base_url,
        variants=request.variants,
        evaluator=casting.evaluator,
        judges=casting.judges,
        judge_every=casting.judge_every,
        director=casting.director,
        rubric=rubric.id,
        rubric_file=named if named != rubric.id else None,
        personas=str(request.personas) if request.personas else None,
        store=shown_url(request.store) if request.store else None,
        prices=str(request.prices) if request.prices else None,
        redaction=request.redact,
        speaks=casting.speaks,
        on_interrupt=request.on_interrupt,
        context=casting.context,
        initial=None if casting.initial is None else dict(casting.initial),
        extra=casting.extra,
        imports=request.imports,
        voice=casting.voice,
        profile=request.profile,
        noise=casting.noise,
        seed=request.seed,
        max_turns=rubric.stop.max_turns,
        repeats=request.repeats,
        concurrency=request.concurrency,
        parameters=casting.parameters,
        versions=versions([casting.empathic, *casting.judges, casting.voice, casting.director]),
        hashes={},
        git=git_revision(Path()),
        code=code_hashes(code_of(casting), request.imports),
        platform=platform_facts(),
        plan=planned(chosen, request.variants, repeats=request.repeats, seed=request.seed),
    )
    return run.model_copy(update={"hashes": run_hashes(run, chosen, rubric)})
