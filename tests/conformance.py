"""The published figures in ../shared/conformance as arrays; tests that need them skip where they are absent."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from empa_graph.scoring.epm import increments

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "conformance"

MULTIPLIERS = ((2, 2, 3), (2, 4, 3), (2, 4, 3))
"""Axis x indicator."""
STEPS = (((0, 1, 3), (0, -2, -4)), ((0, 1, 3), (0, -2, -5)), ((0, 1, 3), (0, -2, -5)))
"""Axis x (progress, regress) x level."""

INDICES = ("rdi", "etot", "snet", "rho", "sproj", "tau", "rpos", "align", "pen")
LEVELS = ("c1", "c2", "c3", "a1", "a2", "a3", "p1", "p2", "p3")

Row = dict[str, str]


class Published(NamedTuple):
    """N episodes as a padded batch; a turn whose judgement never arrived stands as zeros, as in the files."""

    models: tuple[str, ...]
    cases: tuple[str, ...]
    levels: np.ndarray
    """The nine IEDR levels, (N, 9)."""
    starts: np.ndarray
    progress: np.ndarray
    """Magnitudes 0..2, (N, T, 3), 0 beyond a row's length."""
    regress: np.ndarray
    lengths: np.ndarray
    stop_turns: np.ndarray
    stop_kinds: tuple[str, ...]
    """As `empa_graph.scoring.stopping.Kind` names them."""
    indices: dict[str, np.ndarray]

    @property
    def increments(self) -> np.ndarray:
        """v_t, (N, T, 3)."""
        return increments(self.progress, self.regress, steps=STEPS)


def published() -> Published:
    """Return the episodes; skip the test where the folder is absent."""
    if not FOLDER.is_dir():
        pytest.skip("the published figures (../shared/conformance) are not beside the project")
    return read(FOLDER)


def leaderboard() -> dict[str, dict[str, float]]:
    """Return outcome, efficiency, stability and epm_q by model; skip the test where the folder is absent."""
    if not FOLDER.is_dir():
        pytest.skip("the published figures (../shared/conformance) are not beside the project")
    names = ("outcome", "efficiency", "stability", "epm_q")
    return {row["model"]: {name: float(row[name]) for name in names} for row in rows(FOLDER / "leaderboard.csv")}


@cache
def read(folder: Path) -> Published:
    """Return the episodes of the files in ``folder``."""
    cases = rows(folder / "cases.csv")
    place = {(row["model"], row["case"]): number for number, row in enumerate(cases)}
    lengths = integers(cases, "turns")[:, 0]
    progress = np.zeros((len(cases), lengths.max(), 3), dtype=int)
    regress = np.zeros_like(progress)
    for row in rows(folder / "turns.csv"):
        at = place[row["model"], row["case"]], int(row["turn"]) - 1
        progress[at] = [int(row[f"{axis}_prog"]) for axis in "cap"]
        regress[at] = [-int(row[f"{axis}_neg"]) for axis in "cap"]
    return Published(
        tuple(row["model"] for row in cases),
        tuple(row["case"] for row in cases),
        integers(cases, *LEVELS),
        integers(cases, "p0_c", "p0_a", "p0_p"),
        progress,
        regress,
        lengths,
        integers(cases, "stop_turn")[:, 0],
        tuple(row["stop_kind"].removeprefix("failure_") for row in cases),
        {name: np.array([float(row[f"idx_{name}"]) for row in cases]) for name in INDICES},
    )


def rows(file: Path) -> list[Row]:
    """Return the rows of a CSV file."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def integers(cases: list[Row], *columns: str) -> np.ndarray:
    """Return the columns as (N, columns)."""
    return np.array([[int(row[column]) for column in columns] for row in cases])
