"""`empa run --anchors`: the run's own judge judges the anchors of its calibration again before it plays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import typer

from empa_graph.cli.plain import one_line
from empa_graph.errors import UsageError
from empa_graph.models.config import Keys, RunConfig
from empa_graph.report.lines import drift_lines, is_alarm
from empa_graph.run.calibration_history import chosen, is_history, version_named
from empa_graph.run.config import Prepared
from empa_graph.study.calibration_drift import BOUND, drifts
from empa_graph.study.calibration_update import label_key


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
