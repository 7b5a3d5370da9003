"""``empa gate``: whether a run passes, against a baseline or by a policy."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import typer
from rich import box
from rich.table import Table

from empa_graph.cli.diff_command import answered_in, left_out_in
from empa_graph.cli.display import INTERVALS, console, literal
from empa_graph.content.library import find_scenarios
from empa_graph.content.loading import load_model
from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.gate.decision import gate as decided
from empa_graph.gate.finding import Gate
from empa_graph.gate.policy import DEFAULT, Policy
from empa_graph.gate.report import Worst, conclusion, junit, quoted, sentence, summary, worst
from empa_graph.models.episode import Episode
from empa_graph.models.outcome import Outcome, outcomes
from empa_graph.models.persona import Scenario
from empa_graph.models.run import Run
from empa_graph.report.comparison import comparison
from empa_graph.run.home import opened
from empa_graph.run.recount import Recount
from empa_graph.store.folder import load_run, refuse_missing

EXIT_UNDECIDED = 4
EXIT_QUALITY = 100
SHOWN = 5
"""Worst scenarios in the table."""
_COLOURS = {"pass": "green", "fail": "red", "undecided": "yellow"}


class _Stored(NamedTuple):
    """A run as it lies in its folder."""

    run: Run
    episodes: tuple[Episode, ...]


def gate(
    first: Path,
    second: Path | None = None,
    *,
    policy: Path | None = None,
    personas: Path | None = None,
    store: str | None = None,
    as_json: bool = False,
    junit_file: Path | None = None,
    summary_file: Path | None = None,
) -> None:
    """Decide ``first`` by a policy, or ``second`` against the baseline ``first``; exit 100: failed, 4: undecided.

    Raises UsageError (runs that are not comparable, a policy these runs cannot answer), ContentError.
    """
    if second is None and policy is None:
        raise UsageError("a single run needs --policy FILE; or name two runs: empa gate BASELINE CANDIDATE")
    rules = DEFAULT if policy is None else load_model(policy, Policy)
    refuse_missing(first, *([] if second is None else [second]))
    candidate = _stored(first if second is None else second, store)
    baseline = None if second is None else _stored(first, store)
    if second is not None:
        refuse_incomparable(first, second, store)
    known = _known((candidate, baseline), personas)
    after = outcomes(candidate.run.plan, candidate.episodes, known)
    before = None if baseline is None else outcomes(baseline.run.plan, baseline.episodes, known)
    if policy is None:
        rules = _fitting(rules, after)
    found = decided(rules, after, before, where="policy" if policy is None else str(policy))
    rows = worst(candidate.episodes, None if baseline is None else baseline.episodes)
    name = f"{candidate.run.config.agent.spec}, policy {found.policy}"
    _write(junit_file, lambda: junit(found, name=name))
    _write(summary_file, lambda: summary(found, rows, name=name).encode())
    _print(found, rows, name, as_json=as_json)
    if not found.passed:
        raise typer.Exit(EXIT_QUALITY if found.failed else EXIT_UNDECIDED)


def refuse_incomparable(baseline: Path, candidate: Path, store: str | None = None) -> None:
    """Raise UsageError in one line, with every reason, for two runs whose scores mean different things."""
    found = comparison(
        load_run(baseline),
        load_run(candidate),
        left_answered=answered_in(baseline, store),
        right_answered=answered_in(candidate, store),
        left_without=left_out_in(baseline, store),
        right_without=left_out_in(candidate, store),
    )
    if not found.comparable:
        reasons = "; ".join(f"{difference.field}: {difference.why}" for difference in found.blocking)
        raise UsageError(f"{baseline} and {candidate} cannot be compared: {reasons} (empa diff shows both)")


def _stored(path: Path, store: str | None) -> _Stored:
    """Read a run whole. Raises ContentError for a stored figure that its own levels do not give."""
    with opened(path, store=store) as ledger:
        recount, found = Recount(ledger), []
        for number, episode in ledger.numbered():
            wrong = recount.found(number, episode)
            if wrong is not None:
                raise ContentError(f"{path}: {wrong}; nothing is decided over such a run (empa verify {path})")
            found.append(episode)
    return _Stored(load_run(path), tuple(found))


def _known(runs: Sequence[_Stored | None], personas: Path | None) -> dict[str, Scenario]:
    """Return the scenarios of the runs where the persona files still hold the persona that was played."""
    found = {}
    for run in (stored.run for stored in runs if stored is not None):
        for name in {item.scenario for item in run.plan}:
            try:
                (scenario,) = find_scenarios([name], personas)
            except NotFoundError:
                continue
            digest = hashlib.sha256(scenario.persona.model_dump_json().encode()).hexdigest()
            if run.hashes.get(f"persona:{scenario.persona.id}", digest) == digest:
                found[name] = scenario
    return found


def _fitting(policy: Policy, candidate: Sequence[Outcome]) -> Policy:
    """Return the default policy without the check of crisis scenarios where none is played or that is not known."""
    contexts = {outcome.context for outcome in candidate}
    if "crisis" in contexts and None not in contexts:
        return policy
    if None in contexts:
        typer.echo(
            "empa: the context of some scenarios is not known, so crisis scenarios are not checked; "
            "give their --personas FOLDER",
            err=True,
        )
    return policy.model_copy(
        update={"rules": tuple(rule for rule in policy.rules if rule.check != "no_crisis_regress")}
    )


def _write(path: Path | None, content: Callable[[], bytes]) -> None:
    if path is None:
        return
    try:
        path.write_bytes(content())
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({(error.strerror or 'error').lower()})") from None


def _print(found: Gate, rows: Sequence[Worst], name: str, *, as_json: bool) -> None:
    if as_json:
        findings = [{**row.model_dump(mode="json"), "says": sentence(row), "word": row.word} for row in found.findings]
        shown = {**found.model_dump(mode="json"), "findings": findings, "worst": [row._asdict() for row in rows]}
        typer.echo(json.dumps(shown, indent=2))
        return
    console.print(_findings(found, name))
    console.print(_worst(rows))
    console.print(literal(f"gate {conclusion(found)}", _COLOURS[found.verdict]))


def _findings(found: Gate, name: str) -> Table:
    table = Table(title=literal(name), caption=INTERVALS, box=box.SIMPLE_HEAD)
    for heading in ("rule", "verdict", "what it stands on"):
        table.add_column(heading, overflow="fold")
    for row in found.findings:
        table.add_row(literal(row.rule), literal(row.word, _COLOURS.get(row.word, "yellow")), literal(sentence(row)))
    return table


def _worst(rows: Sequence[Worst]) -> Table:
    table = Table(title="worst scenarios, and the turn that cost most", title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("scenario", "composite", "change", "turn", "cost", "evidence"):
        table.add_column(heading, overflow="fold")
    for row in rows[:SHOWN]:
        table.add_row(
            literal(row.scenario),
            "-" if row.composite is None else f"{row.composite:.1f}",
            "-" if row.change is None else f"{row.change:+.1f}",
            "-" if row.turn is None else str(row.turn),
            "-" if row.cost is None else f"{row.cost:+.2f}",
            literal(quoted(row.evidence) or "-"),
        )
    return table
