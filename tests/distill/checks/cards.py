"""Cards with one goal, as a distillation leaves them: ``FOLDER/scenarios`` and ``FOLDER/graded``."""

from __future__ import annotations

import shutil
from pathlib import Path

from empa_graph.content.graded import graded_file
from empa_graph.content.library import find_scenarios
from empa_graph.content.persona_file import write_persona
from empa_graph.study.segments.pool import with_one_goal

EASY = "night_nurse/call_home"


def cards(folder: Path, *names: str, graded: bool = True) -> Path:
    """Write the bundled scenarios of ``names``, one a card, and return the folder of cards."""
    place, replies = folder / "scenarios", folder / "graded"
    place.mkdir(parents=True)
    replies.mkdir()
    for scenario in find_scenarios(names or [EASY]):
        card = with_one_goal(scenario.persona, scenario.goal)
        write_persona(card, place, header="")
        if graded:
            shutil.copy(graded_file(card.id), replies)
    return place
