"""The scenarios that a run was played with, as far as the persona files still hold them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from empa_graph.content.library import find_scenarios
from empa_graph.errors import NotFoundError
from empa_graph.models.persona import Scenario
from empa_graph.models.run import Run
from empa_graph.seeds import digest_of


def played_scenarios(runs: Iterable[Run], personas: Path | None) -> dict[str, Scenario]:
    """Return by name the scenarios of ``runs`` whose persona is still the one that was played.

    The folder is the bundled one or ``personas``, never one that a manifest names.
    """
    found = {}
    for run in runs:
        for name in {item.scenario for item in run.plan}:
            try:
                (scenario,) = find_scenarios([name], personas)
            except NotFoundError:
                continue
            digest = digest_of(scenario.persona.model_dump_json())
            if run.hashes.get(f"persona:{scenario.persona.id}", digest) == digest:
                found[name] = scenario
    return found
