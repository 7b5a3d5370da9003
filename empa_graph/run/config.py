"""From a configuration to what is played: its names and files resolved, its roles tried, its manifest written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from empa_graph.content.library import find_scenarios, load_rubric, persona_files, spread
from empa_graph.content.validation import check_space
from empa_graph.episode.score import check_profile
from empa_graph.errors import RoleError, UsageError
from empa_graph.models.config import NO_KEYS, RAY, AgentConfig, Keys, RunConfig
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric, with_max_turns
from empa_graph.models.run import Run, planned, run_id
from empa_graph.roles.empathic.agents import FunctionEmpathic
from empa_graph.roles.empathic.attribute import load_module, refuse_below
from empa_graph.roles.empathic.instructions import check_instructed, check_variant
from empa_graph.roles.make import Wrap, as_it_is, make_roles
from empa_graph.roles.overrides import NOTHING, Overrides
from empa_graph.roles.run_roles import Roles
from empa_graph.roles.specs import code_of
from empa_graph.run.calibration import named_calibration
from empa_graph.run.cluster.checks import check_ray
from empa_graph.run.handed import fingerprint, not_compared
from empa_graph.run.judge_check import standings
from empa_graph.run.provenance import code_hashes, git_revision, platform_facts, run_hashes, versions
from empa_graph.store.database import shown_url


@dataclass(frozen=True, slots=True)
class Prepared:
    """What is played: the manifest with its configuration, and the content and objects that this names."""

    run: Run
    config: RunConfig
    scenarios: Sequence[Scenario]
    rubric: Rubric
    keys: Keys = NO_KEYS
    given: Overrides = NOTHING

    def roles(self, *, wrap: Wrap = as_it_is) -> Roles:
        """Make the roles, each chat passed through ``wrap``. Raises UsageError."""
        return make_roles(self.config, self.rubric, keys=self.keys, wrap=wrap, given=self.given, adapt=_adapted)


def made_roles(config: RunConfig, rubric: Rubric, *, keys: Keys = NO_KEYS, wrap: Wrap = as_it_is) -> Roles:
    """Return the roles of ``config``, agents that are graphs among them. Raises UsageError."""
    return make_roles(config, rubric, keys=keys, wrap=wrap, adapt=_adapted)


def _adapted(agent: Any, config: AgentConfig, given: Overrides) -> FunctionEmpathic:
    from empa_graph.graph.agent import adapted  # with LangGraph, which takes a second

    return adapted(agent, config, given)


def resolved_rubric(config: RunConfig) -> Rubric:
    """Return the rubric of ``config`` with its turns. Raises UsageError."""
    return with_max_turns(_whole_rubric(config, NOTHING), config.suite.max_turns)


def _whole_rubric(config: RunConfig, given: Overrides) -> Rubric:
    """Return the rubric that was given, else the one the evaluator was made with, else that of its name."""
    carried = getattr(given.evaluator, "rubric", None)
    named = given.rubric is not None or config.evaluator.rubric is not None
    if isinstance(carried, Rubric) and not named:
        return carried
    rubric = given.rubric or load_rubric(config.evaluator.named_rubric)
    if isinstance(carried, Rubric) and carried.id != rubric.id:
        raise UsageError(f"rubric is '{rubric.id}', but the evaluator was made with '{carried.id}'")
    return rubric


def prepared(
    config: RunConfig,
    *,
    keys: Keys = NO_KEYS,
    given: Overrides = NOTHING,
    scenarios: Sequence[Scenario] | None = None,
    bare: bool = False,
) -> tuple[Prepared, Roles]:
    """Check everything and write the manifest; nothing is asked, and nothing is kept.

    ``scenarios`` take the place of those that ``config`` names. The roles are those of a first look, not metered. A
    ``bare`` manifest says nothing of what it stands on. Raises UsageError.
    """
    if config.execution.executor == RAY:
        check_ray(config, keys, given)
    for spec in (*code_of(config, given), *config.imports) if config.store.out is not None else ():
        refuse_below(spec, config.store.out or Path())
    for name in config.imports:
        load_module(name, where="--import")
    whole = _whole_rubric(config, given)
    rubric = with_max_turns(whole, config.suite.max_turns)
    chosen = _chosen(config, whole) if scenarios is None else scenarios
    for variant in config.suite.variants:
        check_variant(variant)
    check_profile(config.evaluator.profile, where="--profile")
    made = Prepared(bare_manifest(config, chosen, rubric), config, chosen, rubric, keys, given)
    roles = made.roles()
    check_instructed(config.suite.variants, agent=config.agent.spec, instructed=roles.instructed)
    _check_seats(made.run, roles, rubric)
    return (made if bare else replace(made, run=standing(made))), roles


def _chosen(config: RunConfig, rubric: Rubric) -> tuple[Scenario, ...]:
    folder = config.persona.folder
    chosen = spread(find_scenarios(config.suite.scenarios, folder), config.suite.limit)
    for file in persona_files(folder):
        if goals := {scenario.goal.id for scenario in chosen if scenario.persona.id == file.stem}:
            check_space(file, rubric, goals=goals)
    return chosen


def _check_seats(run: Run, roles: Roles, rubric: Rubric) -> None:
    """Raise UsageError for a role that breaks the contract of its seat, before anything is played."""
    from empa_graph.run.schedule import sandbox_for

    try:
        sandbox_for(run, run.config.suite.variants[0], roles, rubric)
    except RoleError as error:
        raise UsageError(str(error)) from None


def bare_manifest(config: RunConfig, chosen: Sequence[Scenario], rubric: Rubric) -> Run:
    """Return the manifest of a run that plays ``chosen``, with its plan and without what it stands on."""
    now, suite = datetime.now(UTC), config.suite
    return Run(
        id=run_id(now, config.agent.spec),
        created=now.isoformat(timespec="seconds"),
        config=kept(config, rubric),
        rubric=rubric.id,
        versions={},
        hashes={},
        git=None,
        code={},
        platform={},
        plan=planned(chosen, suite.variants, repeats=suite.repeats, seed=suite.seed),
    )


def standing(made: Prepared) -> Run:
    """Return the run with what it stands on: versions, content, code, revision, machine."""
    handed = {seat: fingerprint(thing).sha256 for seat, thing in handed_objects(made.given).items()}
    run = made.run.model_copy(update={"handed": handed})
    config = run.config
    person = config.persona
    models = [config.agent.spec, *config.evaluator.judges, person.voice, person.voice_check, config.director]
    models.append(config.evaluator.support_judge)
    evaluator = made.config.evaluator
    judges = evaluator.judges or evaluator.judge_check
    return run.model_copy(
        update={
            "versions": versions(models),
            "hashes": run_hashes(run, made.scenarios, made.rubric),
            "git": git_revision(Path()),
            "code": code_hashes(code_of(config, made.given), config.imports),
            "platform": platform_facts(),
            "judge_checks": standings(evaluator, made.rubric) if judges else {},
            "calibration": evaluator.calibration and named_calibration(evaluator, made.rubric),
        }
    )


def kept(config: RunConfig, rubric: Rubric) -> RunConfig:
    """Return ``config`` as a manifest keeps it: resolved, and without a secret and without its own folder."""
    url = config.store.url
    store = config.store.model_copy(update={"url": url and shown_url(url), "out": None})
    named = {"rubric": config.evaluator.rubric or rubric.id, "judge_check": None, "calibration": None}
    return config.model_copy(
        update={
            "store": store,
            "evaluator": config.evaluator.model_copy(update=named),
            "suite": config.suite.model_copy(update={"max_turns": rubric.stop.max_turns}),
        }
    )


def handed_objects(given: Overrides) -> dict[str, object]:
    """Return what was handed over as an object, by seat."""
    seats = {"agent": given.agent, "evaluator": given.evaluator, "director": given.director, "voice": given.voice}
    seats["support_judge"] = given.support_judge
    seats |= {f"judge:{n}": judge for n, judge in enumerate(given.judges) if not isinstance(judge, str)}
    seats |= {f"extra:{name}": placed.role for name, placed in given.extra.items()}
    seats |= {name: getattr(given, name) for name in ("on_interrupt", "context", "initial")}
    return {seat: thing for seat, thing in seats.items() if thing is not None}


def changed_since(run: Run, now: Run) -> str | None:
    """Return the first content, code or object of ``run`` that is another one ``now``; None where all are the same."""
    before, after = (found.hashes | found.code | found.handed for found in (run, now))
    return next((name for name in sorted(before) if not before[name] or after.get(name) != before[name]), None)


def again(run: Run, made: Prepared) -> Prepared:
    """Return ``made`` with the manifest of the ``run`` that it goes on with.

    Raises UsageError for content, code or an object that has changed since, for an object that cannot be compared, and
    for another calibration.
    """
    named, first = made.run.calibration, run.calibration
    if named is not None and (first is None or first.sha256 != named.sha256):
        began = "without one" if first is None else f"with {first.name}"
        raise UsageError(f"--calibration: run '{run.id}' began {began}; it cannot go on with {named.name}")
    if (name := changed_since(run, made.run)) is not None:
        if "" in (run.handed.get(name), made.run.handed.get(name)):
            raise UsageError(not_compared(name, run.id, handed_objects(made.given).get(name)))
        raise UsageError(f"{name} has changed since run '{run.id}' began; it cannot be resumed")
    return replace(made, run=run)


def judging(config: RunConfig) -> RunConfig:
    """Return ``config`` with a silent agent, a person without a model, and no role beside them."""
    alone = {"agent.spec": "scripted:silent", "persona.voice": "card", "director": None, "extra": ()}
    return config.changed(alone)
