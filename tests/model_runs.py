"""The words of a run in which models sit in every seat, and what such a run left behind."""

from __future__ import annotations

from pathlib import Path

from empa_graph.models.episode import Episode
from empa_graph.models.turn_record import ModelCall, Totals
from empa_graph.run.home import opened

IN_FLIGHT = 4
JUDGED = ["exam_student", "--max-turns", "3", "--evaluator", "judge", "--judge", "m", "--concurrency", str(IN_FLIGHT)]
PLAY = [*JUDGED, "--variant", "baseline", "--variant", "aligned", "--empathic", "m", "--persona-voice", "m"]


def kept(folder: Path) -> dict[int, str]:
    with opened(folder) as store:
        return {number: episode.model_dump_json() for number, episode in store.numbered()}


def episodes(folder: Path) -> list[Episode]:
    with opened(folder) as store:
        return list(store.episodes())


def calls(folder: Path) -> list[ModelCall]:
    with opened(folder) as store:
        return [call for call in store.calls() if not call.replayed]


def totals(folder: Path) -> Totals:
    with opened(folder) as store:
        return store.totals()
