"""Dossiers for tests."""

from __future__ import annotations

import re
from pathlib import Path

from empa_graph.content.library import bundled_rubrics, load_rubric
from empa_graph.content.played import played_scenarios
from empa_graph.models.assessment import Assessment
from empa_graph.models.behaviour import Code, Sign
from empa_graph.models.dialogue import Message
from empa_graph.models.episode import Episode
from empa_graph.models.latent import LatentState, Step
from empa_graph.report.audit.build import Checked, dossier
from empa_graph.report.audit.records import Dossier
from empa_graph.report.page.source import Source
from tests.records import episode

CRISIS = "farm_heir/drought_debt"


def audited(source: Source, checked: Checked | None = None) -> Dossier:
    """Return the dossier of a source, with the bundled cards and rubric."""
    known = played_scenarios([source.run] if source.run else [], None)
    name = source.episodes[0].rubric
    return dossier(source, known, load_rubric(name) if name in bundled_rubrics() else None, checked or Checked())


def in_danger(*coded: dict[Sign, float], scenario: str = CRISIS, handoff: int = 0, **changes: object) -> Episode:
    """Return a conversation with a turn for each of ``coded``; the turn ``handoff`` makes the hand-off whole."""
    latent = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(0.6, 0.2), radius=0.3)
    messages = []
    for turn, codes in enumerate(coded, start=1):
        found = tuple(
            Code(behaviour=name, strength=value, evidence=f"words of {name}") for name, value in codes.items()
        )
        said = Assessment(evaluator="cues", items=(), codes=found, handoff="words" if turn == handoff else "")
        latent = latent.extended(Step(turn=turn, increment=(0.1, 0.0), assessment=said))
        messages += [
            Message(turn=turn, speaker="persona", content=f"I cannot go on, {turn}."),
            Message(turn=turn, speaker="empathic", content=f"I hear you, {turn}."),
        ]
    return episode(**{"scenario": scenario, "latent": latent, "messages": tuple(messages), **changes})


def places(html: str) -> list[str]:
    """Return every id of a page."""
    return re.findall(r'\bid="([^"]+)"', html)


def targets(text: str) -> set[str]:
    """Return every place that a page links to."""
    return {*re.findall(r'href="#([^"]+)"', text), *re.findall(r"\]\(#([^)]+)\)", text)}


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
