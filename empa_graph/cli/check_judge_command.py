"""``empa check-judge``: play graded replies to judges, and say of each whether what it codes can be relied on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import typer

from empa_graph.cli.config_command import unsent
from empa_graph.cli.display import console, literal
from empa_graph.cli.estimate_view import estimate_rows
from empa_graph.cli.listing import listed
from empa_graph.cli.plain import plain
from empa_graph.errors import ProviderError, UsageError
from empa_graph.llm import load_prices
from empa_graph.llm.estimate import RoleSize, estimate
from empa_graph.llm.fingerprint import shown_model
from empa_graph.models.config import Keys, RunConfig
from empa_graph.models.judge_check import BehaviourAgreement, JudgeCheck, Measure
from empa_graph.report.text import many
from empa_graph.roles.evaluator.judge_instructions import coding_instructions
from empa_graph.run.judge_check import FOLDER, check_file
from empa_graph.study.check_judge.asking import request
from empa_graph.study.check_judge.cases import Case, drawn
from empa_graph.study.check_judge.judge import check_name, check_one_judge

EXIT = {"fit": 0, "undecided": 4, "unfit": 100}
"""As `empa gate` has them; the worst of several judges counts."""
TOLD = 50
"""Answers between two lines about how far a check is."""
_AGREEMENT = ("behaviour", "kappa", "interval", "shown")
_CRITERIA = ("criterion", "value", "interval", "n", "needed", "outcome")
_COLOURS = {"fit": "green", "unfit": "red", "undecided": "yellow"}


def check_judges(
    models: Sequence[str],
    config: RunConfig,
    *,
    keys: Keys,
    n: int,
    seed: int,
    out: Path | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Check each of ``models`` and write a file for each; exit by `EXIT`. Raises UsageError."""
    if twice := next((model for model in models if list(models).count(model) > 1), ""):
        raise UsageError(f"'{twice[:200]}' is named twice")
    if out is not None and out.suffix and len(models) > 1:
        raise UsageError(f"--out {out}: is a file, and {len(models)} judges are checked; name a folder")
    if dry_run:
        for model in models:
            check_name(model, config, unsent(keys))
        _print_estimate(models, config, drawn(n, seed=seed), seed, as_json=as_json)
        return
    found = [_check(model, config, keys, n, seed, _file(model, config, out)) for model in models]
    if as_json:
        typer.echo(json.dumps([check.model_dump(mode="json") for check in found], indent=2))
    else:
        for check in found:
            _print(check)
    if worst := max(EXIT[check.verdict] for check in found):
        raise typer.Exit(worst)


def _file(model: str, config: RunConfig, out: Path | None) -> Path:
    if out is not None and out.suffix:
        return out
    return check_file(model, config.evaluator.judge_base_url, out or FOLDER)


def _check(model: str, config: RunConfig, keys: Keys, n: int, seed: int, file: Path) -> JudgeCheck:
    shown = plain(shown_model(model))

    def told(count: int, total: int) -> None:
        if count % TOLD == 0:
            typer.echo(f"empa: {shown}: {count} of {many(total, 'answer')}", err=True)

    def said(hint: str) -> None:
        typer.echo(f"empa: {plain(hint)}", err=True)

    try:
        check = check_one_judge(model, config, keys=keys, n=n, seed=seed, out=file, told=told, said=said)
    except ProviderError as error:
        raise UsageError(f"judge {shown_model(model)}: {error}") from None
    typer.echo(f"empa: {shown}: wrote {file}", err=True)
    return check


def _print_estimate(
    models: Sequence[str], config: RunConfig, cases: Sequence[Case], seed: int, *, as_json: bool
) -> None:
    """Print the upper bound of calls, tokens and cost; nothing is asked."""
    standing = len(coding_instructions())
    longest = sum(standing + len(request(case, seed).text) for case in cases)
    sizes = [
        RoleSize(role="judge", model=model, prompt=-(-longest // len(cases)), tokens_out=config.evaluator.max_tokens)
        for model in models
    ]
    prices = load_prices(config.store.prices)
    found = estimate(sizes, episodes=len(cases), turns=1, prices=prices)
    if as_json:
        typer.echo(json.dumps(found.model_dump(), indent=2))
        return
    for part in estimate_rows(found, f"at most, for {many(len(cases), 'request')} to each judge"):
        console.print(part)
    for line in found.assumptions:
        if "episode" not in line:
            console.print(literal(f"- {line}"))


def _print(check: JudgeCheck) -> None:
    rows = [(row.behaviour, *_kappa(row)) for row in check.behaviours]
    title = f"{check.judge}: {check.replies} graded replies, {many(check.calls, 'request')}"
    for part in listed(_AGREEMENT, rows, width=console.width, numbers=_AGREEMENT[1:], title=title):
        console.print(part)
    for part in listed(_CRITERIA, [*map(_measured, check.measures)], width=console.width, numbers=_CRITERIA[1:4]):
        console.print(part)
    for cause, count in check.failures.items():
        console.print(literal(f"{count} of {many(check.calls, 'judgement')} missing: {plain(cause)}", "yellow"))
    why = f" by {', '.join(check.faults)}" if check.faults else ""
    console.print(literal(f"{check.judge}: {check.verdict}{why}", _COLOURS[check.verdict]))


def _kappa(row: BehaviourAgreement) -> Iterator[str]:
    yield "-" if row.kappa is None else f"{row.kappa:.2f}"
    yield _bounds(row.low, row.high)
    yield f"{row.shown}/{row.n}"


def _measured(row: Measure) -> tuple[str, ...]:
    value = "-" if row.value is None else f"{row.value:.2f}"
    return (row.name, value, _bounds(row.low, row.high), str(row.n), row.needed, row.outcome)


def _bounds(low: float | None, high: float | None) -> str:
    return "-" if low is None or high is None else f"[{low:.2f}, {high:.2f}]"
