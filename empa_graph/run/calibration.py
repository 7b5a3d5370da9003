"""The calibration that a run or a gate names: read, held against what it was made for, and what it adds to means."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from empa_graph.content.loading import read_text
from empa_graph.errors import ContentError, UsageError
from empa_graph.models.calibration import Calibration, Residue
from empa_graph.models.calibration_named import NamedCalibration
from empa_graph.models.config import EvaluatorConfig
from empa_graph.models.rubric import Rubric
from empa_graph.models.run import Run
from empa_graph.run.calibration_history import calibration_of, chosen, is_history, version_named
from empa_graph.run.identity import first_change, run_stands_on, stands_on
from empa_graph.scoring.correction import Residual
from empa_graph.seeds import digest_of

UNIT, CONVERSATION, REPLY = "unit", "conversation", "reply"
"""What was rated, by name in what a calibration stands on: a mean over single replies is none over conversations."""
LARGEST = 1024 * 1024


def load_calibration(path: Path) -> Calibration:
    """Read a calibration file, or of a history the version named by ``FILE@3``, else the last. Raises ContentError."""
    file, number = version_named(path)
    if number is not None or is_history(file):
        return calibration_of(chosen(file, number))
    text = read_text(path, LARGEST)
    try:
        return Calibration.model_validate_json(text)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part)[:60] for part in fault["loc"][:4])
        raise ContentError(f"{path}: no calibration file ({field or 'the document'}: {fault['msg'][:120]})") from None


def check_calibration(found: Calibration, now: Mapping[str, str], where: str) -> None:
    """Raise UsageError in one line for a calibration of another evaluator, judge, rubric or prompt, saying which."""
    if (change := first_change(found.stands_on, now)) is not None:
        raise UsageError(f"{where}: made for something else: {change}; run empa calibrate again")


def calibration_for(path: Path, run: Run, folder: Path) -> Calibration:
    """Return the calibration of ``path`` for the run in ``folder``. Raises UsageError where it is not for that run."""
    found = load_calibration(path)
    check_calibration(found, {**run_stands_on(run, folder), UNIT: CONVERSATION}, str(path))
    return found


def residuals(found: Calibration) -> dict[str, Residual]:
    """Return by metric what a gate adds to a mean over other conversations, with `corrected_estimate`."""
    return {name: Residual(one.mean, one.sd, one.n) for name, one in found.corrections.items()}


def named_calibration(asked: EvaluatorConfig, rubric: Rubric) -> NamedCalibration | None:
    """Return what a manifest keeps of the calibration that ``asked`` names; None where it names none.

    Raises UsageError for one of another evaluator, judge, rubric or prompt, ContentError for a file that holds none.
    """
    if asked.calibration is None:
        return None
    where = f"--calibration {asked.calibration}"
    file, number = version_named(asked.calibration)
    versions = number is not None or is_history(file)
    found = load_calibration(asked.calibration)
    check_calibration(found, {**stands_on(asked, rubric), UNIT: CONVERSATION}, where)
    kept = chosen(file, number) if versions else None
    return NamedCalibration(
        file=file.name,
        sha256=kept.sha256 if kept else digest_of(read_text(file, LARGEST)),
        version=kept.version.number if kept else None,
        rating=found.rating,
        corrections={name: Residue(mean=one.mean, sd=one.sd, n=one.n) for name, one in found.corrections.items()},
    )
