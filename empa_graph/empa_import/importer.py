"""Import the user's own copy of the published EMPA data (arXiv 2603.00552): scenarios to run, episodes to score again.

Rule: nothing of it is bundled, and whatever is left out is counted with its cause.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import reduce
from pathlib import Path
from typing import NamedTuple

from empa_graph.content.library import content_hashes, load_rubric
from empa_graph.content.persona_file import write_persona
from empa_graph.empa_import.cards import Stated
from empa_graph.empa_import.case_persona import GOAL, Built
from empa_graph.empa_import.cases import Known, cases, stories
from empa_graph.empa_import.import_report import Cause, Comparison, ImportReport, Missing, Skipped, tally, together
from empa_graph.empa_import.published_replay import RECORDED, Account, Replayed, replayed
from empa_graph.empa_import.results import recording
from empa_graph.empa_import.source import agents, copy_of, official_cases, result_case
from empa_graph.errors import ContentError, UsageError
from empa_graph.models.config import RunConfig
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Planned, Run, run_id
from empa_graph.run.provenance import versions
from empa_graph.store.folder import DATABASE, MANIFEST, RunFolder

PERSONAS, RECORDINGS = "personas", "recorded"
RUBRIC = "epm"
_HEADER = "# From a copy of the EMPA data (arXiv 2603.00552) by `empa import-empa`; the licence of that data holds.\n"


class _Reading(NamedTuple):
    """How recordings are read."""

    rubric: Rubric
    missing: Missing
    profile: str


class _Item(NamedTuple):
    """A result file and the episode it is to become."""

    file: Path
    case: str
    planned: Planned


def import_folder(
    folder: Path, out: Path, *, now: datetime, missing: Missing = "failure", profile: str = "balanced"
) -> ImportReport:
    """Write the cases of ``folder`` to ``out``/personas and its results as a run to ``out``/recorded.

    ``missing`` says what a judgement that never arrived is read as; ``now`` (UTC) dates the run. Raises UsageError
    where ``out`` holds an import already or ``folder`` is none, ContentError for an unreadable list of official cases.
    """
    _refuse_taken(out)
    copy = copy_of(folder)
    official = official_cases(copy.official) if copy.official else None
    reading = _Reading(load_rubric(RUBRIC), missing, profile)
    told = stories(copy)
    found = list(cases(copy, told, official, reading.rubric))
    built = [case for case in found if isinstance(case, Built)]
    for case in built:
        write_persona(case.persona, out / PERSONAS, header=_HEADER)
    plan = list(_plan(copy.results))
    run = _manifest([item.planned for item in plan if isinstance(item, _Item)], built, reading, now)
    outcomes = (item if isinstance(item, Skipped) else _played(item, told.levels, reading) for item in plan)
    return _report(found, _stored(outcomes, out / RECORDINGS, run), faults=told.faults, missing=missing)


def _refuse_taken(out: Path) -> None:
    personas = out / PERSONAS
    taken = [personas] if personas.is_dir() and any(personas.iterdir()) else []
    taken += [path for path in (out / RECORDINGS / MANIFEST, out / RECORDINGS / DATABASE) if path.exists()]
    if taken:
        raise UsageError(f"{taken[0]}: an import lies there already; choose another --out")


def _plan(results: tuple[Path, ...]) -> Iterator[_Item | Skipped]:
    """Name the episode of each result by its file; a second result of one case by one agent is none."""
    names = agents(results)
    seen: set[tuple[str, str]] = set()
    for file in results:
        agent = names[file]
        try:
            case = result_case(file)
        except ContentError as error:
            yield Skipped(name=f"{agent}/?", cause="invalid", detail=str(error))
            continue
        if (agent, case) in seen:
            detail = f"{file}: another result of '{agent}' is of '{case}' too"
            yield Skipped(name=f"{agent}/{case}", cause="duplicate", detail=detail)
        else:
            yield _Item(file, case, Planned(scenario=f"{case}/{GOAL}", variant=agent, repeat=0, seed=0))
        seen.add((agent, case))


def _played(item: _Item, known: Known[Stated], reading: _Reading) -> Replayed | Skipped:
    """Read one result; its own initial levels come first, those of the IEDR files else."""
    agent = item.planned.variant
    try:
        read = recording(item.file)
        levels = read.levels or known.get(item.case)
        if levels is None:
            detail = f"{item.file}: epj.iedr_details.filled_iedr: missing, and no IEDR file has '{item.case}'"
            return _skipped(item, "no_iedr", detail)
        if isinstance(levels, ContentError):
            return _skipped(item, "invalid", str(levels))
        return replayed(
            read,
            scenario=item.planned.scenario,
            agent=agent,
            levels=levels,
            rubric=reading.rubric,
            missing=reading.missing,
            profile=reading.profile,
        )
    except ContentError as error:
        return _skipped(item, "invalid", str(error))


def _skipped(item: _Item, cause: Cause, detail: str) -> Skipped:
    return Skipped(name=f"{item.planned.variant}/{item.case}", cause=cause, detail=detail)


def _stored(outcomes: Iterable[Replayed | Skipped], path: Path, run: Run) -> list[Account | Skipped]:
    """Store each episode as it comes and keep what the report says of it; without any episode there is no run."""
    kept: list[Account | Skipped] = []
    folder: RunFolder | None = None
    with ExitStack() as stack:
        for outcome in outcomes:
            if isinstance(outcome, Skipped):
                kept.append(outcome)
                continue
            folder = folder or stack.enter_context(RunFolder(path, run))
            folder.add(outcome.episode)
            kept.append(outcome.account)
    return kept


def _manifest(plan: Sequence[Planned], built: Sequence[Built], reading: _Reading, now: datetime) -> Run:
    scenarios = [Scenario(persona=case.persona, goal=case.persona.goals[0]) for case in built]
    config = RunConfig().changed(
        {
            "agent.spec": RECORDED,
            "evaluator.name": RECORDED,
            "evaluator.rubric": reading.rubric.id,
            "evaluator.profile": reading.profile,
            "persona.voice": RECORDED,
            "persona.noise": 0.0,
            "suite.variants": tuple(item.variant for item in plan) or (RECORDED,),
            "suite.max_turns": reading.rubric.stop.max_turns,
        }
    )
    return Run(
        id=run_id(now, RECORDED),
        created=now.isoformat(timespec="seconds"),
        config=config,
        rubric=reading.rubric.id,
        recorded=f"published EMPA results; a missing level is a {reading.missing}",
        versions=versions(),
        hashes=content_hashes(scenarios, reading.rubric),
        git=None,
        code={},
        platform={},
        plan=tuple(plan),
    )


def _report(
    found: Sequence[Built | Skipped],
    played: Sequence[Account | Skipped],
    *,
    faults: tuple[str, ...],
    missing: Missing,
) -> ImportReport:
    built = [case for case in found if isinstance(case, Built)]
    accounts = [account for account in played if isinstance(account, Account)]
    lost_cases = tuple(case for case in found if isinstance(case, Skipped))
    lost_results = tuple(result for result in played if isinstance(result, Skipped))
    assumed = Counter(field for case in built for field in case.assumed)
    none: Comparison = {}
    return ImportReport(
        cases=tally(len(built), lost_cases),
        results=tally(len(accounts), lost_results),
        skipped_cases=lost_cases,
        skipped_results=lost_results,
        faults=faults,
        cut=sum(case.cut for case in built),
        assumed={field: count for field, count in sorted(assumed.items()) if count},
        missing=missing,
        not_recorded=sum(account.not_recorded for account in accounts),
        differences=reduce(together, (account.comparison for account in accounts), none),
    )
