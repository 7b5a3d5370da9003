"""``empa gate``: whether a run passes, against a baseline or by a policy."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import NamedTuple

import typer
from rich import box
from rich.table import Table

from empa_graph.cli.display import INTERVALS, console, literal, squeezes
from empa_graph.cli.listing import broken
from empa_graph.cli.plain import one_line
from empa_graph.cli.whole_runs import WholeRun, refuse_incomparable, whole_run
from empa_graph.content.loading import load_model
from empa_graph.content.played import played_scenarios
from empa_graph.cues.script import run_script
from empa_graph.errors import NotFoundError, UsageError, writing
from empa_graph.gate.decision import gate as decided
from empa_graph.gate.finding import Gate
from empa_graph.gate.policy import DEFAULT, Policy
from empa_graph.gate.report import QUOTED, Worst, conclusion, gate_notes, junit, sentence, summary, worst
from empa_graph.gate.scripted import Scripts
from empa_graph.models.calibration import Calibration
from empa_graph.models.outcome import Outcome, outcomes
from empa_graph.report.lines import check_lines
from empa_graph.report.text import shortened
from empa_graph.run.calibration import calibration_for, residuals
from empa_graph.run.place import RunPlace, refuse_absent

EXIT_UNDECIDED = 4
EXIT_QUALITY = 100
SHOWN = 5
"""Worst scenarios in the table."""
_WORDS = ("fail", "undecided", "warning")
_COLOURS = {"pass": "green", "fail": "red", "undecided": "yellow"}


class _Notes(NamedTuple):
    """What the figures stand on, in lines: doubtful floors, runs left before their end, judges, corrected means."""

    doubts: Sequence[str]
    left: Sequence[str]
    checks: Sequence[str]
    corrected: Sequence[str]


def gate(
    first: RunPlace,
    second: RunPlace | None = None,
    *,
    scenarios: Sequence[str] = (),
    policy: Path | None = None,
    personas: Path | None = None,
    as_json: bool = False,
    junit_file: Path | None = None,
    summary_file: Path | None = None,
) -> None:
    """Decide ``first`` by a policy, or ``second`` against the baseline ``first``; exit 100: failed, 4: undecided.

    With ``scenarios`` only these decide; whether the agent keeps to a script is still told by all that was played.

    Raises UsageError (runs that are not comparable, a policy these runs cannot answer), ContentError.
    """
    if second is None and policy is None:
        refuse_absent([first])
        raise UsageError("a single run needs --policy FILE; or name two runs: empa gate BASELINE CANDIDATE")
    rules = DEFAULT if policy is None else load_model(policy, Policy)
    refuse_absent([first] if second is None else [first, second])
    judged = second or first
    candidate = whole_run(judged)
    baseline = None if second is None else whole_run(first)
    if second is not None:
        refuse_incomparable(first, second)
    scripts = Scripts(run_script(candidate.episodes), run_script(baseline.episodes) if baseline else None)
    candidate = scoped(candidate, scenarios, str(judged))
    baseline = None if baseline is None else scoped(baseline, scenarios, str(first))
    runs = [stored.run for stored in (candidate, baseline) if stored is not None]
    known = played_scenarios(runs, personas)
    after = outcomes(candidate.run.plan, candidate.episodes, known)
    before = None if baseline is None else outcomes(baseline.run.plan, baseline.episodes, known)
    if policy is None and before is not None:
        rules = _fitting(rules, after, before, chosen=bool(scenarios))
    if scenarios:
        rules = rules.model_copy(update={"allow_missing": True})
    calibration = None if policy is None or rules.calibration is None else policy.parent / rules.calibration
    people = None if calibration is None else calibration_for(calibration, candidate.run, judged.path)
    where = "policy" if policy is None else str(policy)
    found = decided(rules, after, before, where=where, scripts=scripts, people=residuals(people) if people else {})
    rows = _rows(candidate, baseline, scripts, rules)
    name = f"{candidate.run.config.agent.spec}, policy {found.policy}"
    name += f", only {', '.join(scenarios)}" if scenarios else ""
    _write(junit_file, lambda: junit(found, name=name))
    checks = check_lines(candidate.run.judge_checks)
    corrected = [] if people is None else [_corrected(people, str(rules.calibration))]
    left = _left({first: baseline or candidate, judged: candidate})
    _write(
        summary_file,
        lambda: summary(found, rows, name=name, notes=[*rules.doubts, *left, *checks, *corrected]).encode(),
    )
    _print(found, rows, name, _Notes(rules.doubts, left, checks, corrected), as_json=as_json)
    if not found.passed:
        raise typer.Exit(EXIT_QUALITY if found.failed else EXIT_UNDECIDED)


def _fitting(policy: Policy, candidate: Sequence[Outcome], baseline: Sequence[Outcome], *, chosen: bool) -> Policy:
    """Return the default policy, without the check of crisis scenarios where the baseline has none or it is not known.

    Where the scenarios are ``chosen``, the candidate must have one too.
    """
    after, before = ({outcome.context for outcome in side} for side in (candidate, baseline))
    if "crisis" in (before & after if chosen else before) and None not in after | before:
        return policy
    if None in after | before:
        typer.echo(
            "empa: the context of some scenarios is not known (no file of the person as it was played), so crisis "
            "scenarios are not checked; give their --personas FOLDER",
            err=True,
        )
    return policy.model_copy(
        update={"rules": tuple(rule for rule in policy.rules if rule.check != "no_crisis_regress")}
    )


def _rows(candidate: WholeRun, baseline: WholeRun | None, scripts: Scripts, rules: Policy) -> Sequence[Worst]:
    """Return the worst scenarios, with the composites that are not void."""
    voids = [bool(found and found.scripted) and not rules.allow_scripted for found in scripts]
    before = None if baseline is None or voids[1] else baseline.episodes
    return worst(candidate.episodes, before, void=voids[0])


def _left(runs: Mapping[RunPlace, WholeRun]) -> list[str]:
    """Say of each run that was left before its end how to go on."""
    return [f"{place}: {stored.suspended}" for place, stored in runs.items() if stored.suspended]


def _write(path: Path | None, content: Callable[[], bytes]) -> None:
    if path is None:
        return
    with writing(path):
        path.write_bytes(content())


def _corrected(people: Calibration, file: str) -> str:
    """Say in one line which means are corrected, and by what."""
    named = ", ".join(people.corrections) or "no metric"
    version = "" if people.version is None else f", version {people.version}"
    held = f"floors and ceilings of {named} are held against means corrected by '{people.rating}'"
    return f"calibration {file}{version}: {held}"


def _print(found: Gate, rows: Sequence[Worst], name: str, notes: _Notes, *, as_json: bool) -> None:
    if as_json:
        findings = [{**row.model_dump(mode="json"), "says": sentence(row), "word": row.word} for row in found.findings]
        shown = {
            **found.model_dump(mode="json"),
            "findings": findings,
            "worst": [row._asdict() for row in rows],
            "doubts": list(notes.doubts),
            "suspended": list(notes.left),
            "judges": list(notes.checks),
            "calibration": notes.corrected[0] if notes.corrected else None,
        }
        typer.echo(json.dumps(shown, indent=2))
        return
    for note in (*notes.doubts, *notes.left, *gate_notes(found)):
        console.print(literal(one_line(note), "yellow"))
    console.print(_findings(found, name))
    if rows:
        console.print(_worst(rows))
    for line in (*notes.checks, *notes.corrected):
        console.print(literal(one_line(line)))
    for word, rules in _open(found).items():
        console.print(literal(one_line(f"{word}: {', '.join(rules)}"), _COLOURS.get(word, "yellow")))
    console.print(literal(f"gate {conclusion(found)}", _COLOURS[found.verdict]))


def _open(found: Gate) -> dict[str, list[str]]:
    """Return the rules that did not pass, those that failed first, by the word of their verdict."""
    words = {row.word for row in found.findings} - {"pass"}
    return {word: [row.rule for row in found.findings if row.word == word] for word in sorted(words, key=_WORDS.index)}


def _findings(found: Gate, name: str) -> Table:
    table = Table(title=literal(name), caption=INTERVALS, box=box.SIMPLE_HEAD)
    for heading in ("rule", "verdict", "what it stands on"):
        table.add_column(heading, overflow="fold")
    for row in found.findings:
        table.add_row(literal(row.rule), literal(row.word, _COLOURS.get(row.word, "yellow")), literal(sentence(row)))
    return table


def _worst(rows: Sequence[Worst]) -> Table:
    """Return the worst rows; the ids of scenarios whole, or cut behind the person's, where there is room for that."""
    ids = [row.scenario for row in rows[:SHOWN]]
    tables = (_worst_table(rows, ids, whole=True), _worst_table(rows, [*map(broken, ids)], whole=True))
    return next((table for table in tables if squeezes(table, console.width)), _worst_table(rows, ids, whole=False))


def _worst_table(rows: Sequence[Worst], names: Sequence[str], *, whole: bool) -> Table:
    table = Table(title="worst scenarios, and the turn that cost most", title_justify="left", box=box.SIMPLE_HEAD)
    table.add_column("scenario", overflow="fold", no_wrap=whole)
    for heading in ("composite", "change", "turn", "cost", "evidence"):
        table.add_column(heading, overflow="fold")
    for row, name in zip(rows[:SHOWN], names, strict=True):
        table.add_row(
            literal(name),
            row.shown,
            "-" if row.change is None else f"{row.change:+.1f}",
            "-" if row.turn is None else str(row.turn),
            "-" if row.cost is None else f"{row.cost:+.2f}",
            literal(shortened(row.evidence, QUOTED) or "-"),
        )
    return table


def scoped(stored: WholeRun, names: Sequence[str], run: str) -> WholeRun:
    """Return the run with the scenarios of ``names`` alone: ids, persona ids, or patterns of ids; all for none.

    Raises NotFoundError for a name of nothing that was planned in the ``run``, UsageError for such a pattern.
    """
    if not names:
        return stored
    planned = {item.scenario for item in stored.run.plan}
    chosen = set[str]().union(*(_named(name, planned, run) for name in names))
    plan = tuple(item for item in stored.run.plan if item.scenario in chosen)
    episodes = tuple(episode for episode in stored.episodes if episode.scenario in chosen)
    suspended = stored.suspended if len(episodes) < len(plan) else ""
    return WholeRun(stored.run.model_copy(update={"plan": plan}), episodes, suspended)


def _named(name: str, planned: set[str], run: str) -> set[str]:
    pattern = bool(set(name) & set("*?"))
    found = {one for one in planned if one == name or one.partition("/")[0] == name}
    found |= {one for one in planned if pattern and fnmatchcase(one, name)}
    if not found and pattern:
        raise UsageError(f"--scenario: no scenario of {run} matches '{name[:200]}'")
    if not found:
        known = planned | {one.partition("/")[0] for one in planned}
        raise NotFoundError("scenario", name, known, where=f"--scenario in {run}")
    return found
