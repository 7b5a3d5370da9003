"""Whether the judges of a run were checked: files of checks, what they are bound to, what a manifest says of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from empa_graph.content.library import coding_hashes
from empa_graph.content.loading import read_text
from empa_graph.errors import ContentError, UsageError
from empa_graph.llm.fingerprint import shown_model
from empa_graph.llm.local import fingerprint
from empa_graph.llm.resolve import is_local, local_files
from empa_graph.models.config import EvaluatorConfig
from empa_graph.models.judge_check import JudgeCheck
from empa_graph.models.rubric import Rubric
from empa_graph.seeds import digest_of

FOLDER = Path("judge_checks")
"""Where checks lie, beside the folder of the runs."""
LARGEST_CHECK = 1024 * 1024
UNCHECKED = "not checked"
LEVELS = "not checked: it gives levels by the prompt of its rubric, and a check is of coding"


def check_file(judge: str, base_url: str | None, folder: Path = FOLDER) -> Path:
    """Return where the check of ``judge`` lies: a name that can be read and that no two judges share."""
    shown = "".join(c if c.isalnum() else "-" for c in shown_model(judge)).strip("-")[:60]
    return folder / f"{shown}-{digest_of(f'{judge} {base_url}')[:8]}.json"


def bound_to(judge: str) -> dict[str, str]:
    """Return the hashes that a check of ``judge`` stands on now."""
    weights = {"weights": fingerprint(local_files(judge))} if is_local(judge) else {}
    return coding_hashes() | weights


def read_check(path: Path) -> JudgeCheck:
    """Read a check. Raises ContentError for a file that holds none."""
    try:
        return JudgeCheck.model_validate_json(read_text(path, LARGEST_CHECK))
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(map(str, fault["loc"])) or "the file"
        raise ContentError(f"{path}: is no check of a judge ({field}: {fault['msg'][:100]})") from None


def outdated(check: JudgeCheck, judge: str, asked: EvaluatorConfig) -> str:
    """Return what of ``check`` no longer holds for ``judge`` as it is ``asked``; empty where all of it does."""
    return "; ".join(_changes(check, judge, asked))


def _changes(check: JudgeCheck, judge: str, asked: EvaluatorConfig) -> Iterator[str]:
    if check.judge != shown_model(judge):
        yield f"it is of '{check.judge[:200]}'"
    if check.base_url != asked.judge_base_url:
        yield "the judge is asked at another server"
    if (check.temperature, check.max_tokens) != (asked.temperature, asked.max_tokens):
        yield "the judge is asked at another temperature or length"
    now = bound_to(judge)
    if changed := sorted(name for name in {*now, *check.hashes} if now.get(name) != check.hashes.get(name)):
        yield f"{', '.join(changed)[:200]} changed since"


def standings(asked: EvaluatorConfig, rubric: Rubric, *, folder: Path = FOLDER) -> dict[str, str]:
    """Return of every judge whether it was checked and with what result, in words.

    The file that ``asked`` names has to hold for one of its judges; without one the ``folder`` is looked through.
    Raises UsageError and ContentError for a named file that is stale or of another judge.
    """
    named = None if asked.judge_check is None else read_check(asked.judge_check)
    if named is not None:
        _refuse(asked.judge_check, named, asked, rubric)
    if not rubric.codes_behaviour:
        return {shown_model(judge): LEVELS for judge in asked.judges}
    return {shown_model(judge): _standing(judge, named, asked, folder) for judge in asked.judges}


def _refuse(path: Path | None, check: JudgeCheck, asked: EvaluatorConfig, rubric: Rubric) -> None:
    if not asked.judges or not rubric.codes_behaviour:
        what = "no judge is asked" if not asked.judges else f"a judge gives levels under rubric '{rubric.id}'"
        raise UsageError(f"--judge-check {path}: {what}, and a check is of a judge that codes behaviour")
    reasons = [outdated(check, judge, asked) for judge in asked.judges]
    if all(reasons):
        again = f"empa check-judge {shown_model(asked.judges[0])}"
        raise UsageError(f"--judge-check {path}: does not hold for this run: {min(reasons, key=len)} ({again})")


def _standing(judge: str, named: JudgeCheck | None, asked: EvaluatorConfig, folder: Path) -> str:
    if named is not None and not outdated(named, judge, asked):
        return said(named)
    path = check_file(judge, asked.judge_base_url, folder)
    if not path.is_file():
        return UNCHECKED
    try:
        check = read_check(path)
    except ContentError:
        return f"{UNCHECKED}: the file of its check cannot be read"
    stale = outdated(check, judge, asked)
    return f"{UNCHECKED}: its check is stale ({stale})" if stale else said(check)


def said(check: JudgeCheck) -> str:
    """Return the result of a check in a few words."""
    faults = f" by {', '.join(check.faults)}" if check.faults else ""
    return f"{check.verdict}{faults} ({check.replies} graded replies, {check.created[:10]})"
