"""Where content lies: bundled personas and rubrics, and how a name becomes a scenario."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path

from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.loading import load_model, read_text
from empa_graph.models.persona import Persona, Scenario
from empa_graph.models.rubric import Rubric

_PACKAGE = Path(__file__).parent
LARGEST_PROMPT = 64 * 1024


def content_folder(name: str) -> Path:
    """Return the bundled folder ``personas`` or ``evaluators``, of a wheel or of a checkout."""
    bundled = _PACKAGE / "_library" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent / name


def persona_files(folder: Path | None = None) -> tuple[Path, ...]:
    """Return the persona files of ``folder`` (bundled by default), by name. Raises UsageError if none."""
    place = folder or content_folder("personas")
    if not place.is_dir():
        raise UsageError(f"{place}: no such folder of personas")
    files = tuple(sorted(place.glob("*.yaml")))
    if not files:
        raise UsageError(f"{place}: no persona file (*.yaml) in this folder")
    return files


@lru_cache(maxsize=256)
def load_persona(path: Path) -> Persona:
    """Read one persona file. Raises ContentError."""
    persona = load_model(path, Persona)
    if persona.id != path.stem:
        raise ContentError(f"{path}: id '{persona.id}' and file name '{path.stem}' differ")
    return persona


def scenarios(folder: Path | None = None) -> tuple[Scenario, ...]:
    """Return every scenario of the folder, ordered by persona and goal."""
    return tuple(
        Scenario(persona=persona, goal=goal)
        for persona in map(load_persona, persona_files(folder))
        for goal in persona.goals
    )


def find_scenarios(names: Sequence[str], folder: Path | None = None) -> tuple[Scenario, ...]:
    """Return the scenarios of ``names``: ``all``, a persona id, or ``persona/goal``; each once.

    Raises NotFoundError with the nearest name.
    """
    known = scenarios(folder)
    by_name = {scenario.id: (scenario,) for scenario in known}
    by_persona: dict[str, tuple[Scenario, ...]] = {"all": known}
    for scenario in known:
        by_persona[scenario.persona.id] = (*by_persona.get(scenario.persona.id, ()), scenario)
    found: dict[str, Scenario] = {}
    for name in names or ("all",):
        chosen = by_name.get(name) or by_persona.get(name)
        if chosen is None:
            raise NotFoundError("scenario or persona", name, (*by_name, *by_persona))
        found.update({scenario.id: scenario for scenario in chosen})
    return tuple(found.values())


def spread(chosen: Iterable[Scenario], limit: int | None) -> tuple[Scenario, ...]:
    """Take ``limit`` scenarios in turns over the personas, so that a short run still sees many of them."""
    rounds: dict[str, list[Scenario]] = {}
    for scenario in chosen:
        rounds.setdefault(scenario.persona.id, []).append(scenario)
    ordered = [
        goals[(turn + offset) % len(goals)]
        for turn in range(max(map(len, rounds.values()), default=0))
        for offset, goals in enumerate(rounds.values())
        if turn < len(goals)
    ]
    return tuple(ordered[:limit])


@lru_cache(maxsize=32)
def load_rubric(name: str = "sdt") -> Rubric:
    """Return the rubric called ``name``, or the one in the file of that path. Raises UsageError."""
    if name.endswith((".yaml", ".yml")):
        return load_model(Path(name), Rubric)
    files = {path.stem: path for path in sorted(content_folder("evaluators").glob("*.yaml"))}
    if name not in files:
        raise NotFoundError("rubric", name, files)
    return load_model(files[name], Rubric)


@lru_cache(maxsize=32)
def prompt_text(name: str) -> str:
    """Return the bundled prompt file ``name`` of the evaluators folder."""
    return read_text(content_folder("evaluators") / name, LARGEST_PROMPT)


def content_hashes(chosen: Iterable[Scenario], rubric: Rubric) -> dict[str, str]:
    """Return SHA-256 of the personas, rubric and judge prompt that a run stands on, by name."""
    records = {f"persona:{s.persona.id}": s.persona.model_dump_json() for s in chosen}
    records[f"rubric:{rubric.id}"] = rubric.model_dump_json()
    records[f"prompt:{rubric.judge_prompt}"] = prompt_text(rubric.judge_prompt)
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in sorted(records.items())}
