"""Where content lies: bundled personas and rubrics, and how a name becomes a scenario."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from empa_graph.content.loading import load_model, read_text
from empa_graph.content.registry import REGISTRY
from empa_graph.errors import ContentError, NotFoundError, UsageError
from empa_graph.models.behaviour import CodingScale
from empa_graph.models.persona import Persona, Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.seeds import digest_of

_PACKAGE = Path(__file__).parents[1]
LARGEST_PROMPT = 64 * 1024
CODING_SCALE, CODING_PROMPT = "behaviours.yaml", "behaviours_judge.md"
"""The scale on which judges code behaviour and the prompt around it, for every rubric without a prompt of its own."""
SUPPORT_PROMPT = "support_judge.md"
"""The prompt for coding the axes of support once over a whole conversation, on the same scale."""


def content_folder(name: str) -> Path:
    """Return the bundled folder ``personas`` or ``evaluators``, of a wheel or of a checkout."""
    bundled = _PACKAGE / "_library" / name
    return bundled if bundled.is_dir() else _PACKAGE.parent / name


def persona_files(folder: Path | None = None) -> tuple[Path, ...]:
    """Return the persona files of ``folder`` (bundled by default), by name, or the one file. Raises UsageError."""
    place = folder or content_folder("personas")
    if place.is_file():
        return (place,)
    if not place.is_dir():
        raise UsageError(f"{place}: no such {'persona file' if is_file_name(place) else 'folder of personas'}")
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
    """Return the scenarios of ``names``: ``all``, a persona id, ``persona/goal``, or a registered set; each once.

    A name with ``*`` or ``?`` is a pattern of scenario ids: ``exam*``, ``*/reduce_stress``.
    Registered personas are looked at when no bundled one bears the name, and are no part of ``all``: what a suite is
    does not depend on what is installed. A ``folder`` takes the place of both. Raises NotFoundError with the nearest
    name, UsageError for a registered persona with the id of another.
    """
    known = scenarios(folder)
    groups = {"all": known, **_groups(known)}
    asked = names or ("all",)
    if folder is None and not set(asked) <= set(groups):
        groups = {**_registered(groups), **groups}
    found: dict[str, Scenario] = {}
    for name in asked:
        if folder is None and name not in groups:
            _refuse_own_card(name)
        found.update({scenario.id: scenario for scenario in _named(name, groups)})
    return tuple(found.values())


def _refuse_own_card(name: str) -> None:
    """Raise UsageError where a file of the working folder bears the name of a persona, and say how it is used."""
    card = Path(f"{name.removesuffix('.yaml').partition('/')[0]}.yaml")
    if card.stem.isidentifier() and os.path.isfile(card):  # noqa: PTH113 - of a name that is none it is False
        raise UsageError(f"unknown scenario or persona '{name[:200]}'; {card} lies here: add --personas {card}")


def _named(name: str, groups: Mapping[str, tuple[Scenario, ...]]) -> Sequence[Scenario]:
    """Return the scenarios that a name or a pattern stands for. Raises NotFoundError, UsageError for a pattern."""
    if name in groups:
        return groups[name]
    if not set(name) & set("*?"):
        raise NotFoundError("scenario or persona", name, groups)
    found = [group[0] for called, group in groups.items() if "/" in called and fnmatchcase(called, name)]
    if not found:
        raise UsageError(f"no scenario matches '{name[:200]}' (empa list shows all)")
    return found


def _groups(known: Iterable[Scenario]) -> dict[str, tuple[Scenario, ...]]:
    """Return scenarios by their own name and by that of their persona."""
    found: dict[str, tuple[Scenario, ...]] = {}
    for scenario in known:
        found[scenario.id] = (scenario,)
        found[scenario.persona.id] = (*found.get(scenario.persona.id, ()), scenario)
    return found


def _registered(taken: Iterable[str]) -> dict[str, tuple[Scenario, ...]]:
    """Return the scenarios of registered personas by name, by persona and by set. Raises UsageError for one twice."""
    owner = dict.fromkeys(taken, "the package")
    found: dict[str, tuple[Scenario, ...]] = {}
    for name in REGISTRY.names("persona"):
        known = scenarios(REGISTRY.find("persona", name))
        origin = f"persona '{name}' of {REGISTRY.origin('persona', name)}"
        for called, group in ({name: known} | _groups(known)).items():
            if called in owner:
                raise UsageError(f"{origin}: '{called}' is already that of {owner[called]}")
            owner[called] = origin
            found[called] = group
    return found


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


def load_rubric(name: str | Path = "sdt") -> Rubric:
    """Return the rubric called ``name``, bundled or registered, or the one in the file of that path.

    Raises UsageError.
    """
    bundled = bundled_rubrics()
    if str(name) in bundled:
        return _bundled_rubric(bundled[str(name)])
    path = Path(name) if is_file_name(name) else _rubric_file(str(name), bundled)
    rubric, folder = load_model(path, Rubric), path.absolute().parent
    return rubric if folder == content_folder("evaluators").absolute() else rubric.read_from(folder)


def bundled_rubrics() -> dict[str, Path]:
    """Return the files of the bundled rubrics by name."""
    files = sorted(content_folder("evaluators").glob("*.yaml"))
    return {path.stem: path for path in files if path.name != CODING_SCALE}


@lru_cache(maxsize=32)
def _bundled_rubric(file: Path) -> Rubric:
    return load_model(file, Rubric)


def is_file_name(name: str | Path) -> bool:
    """Say whether a rubric or a persona is named by its file."""
    return Path(name).suffix in (".yaml", ".yml")


def _rubric_file(name: str, builtin: Iterable[str]) -> Path:
    """Return the registered file, or ``name.yaml`` in the registered folder. Raises UsageError."""
    if os.path.isfile(name) and name not in REGISTRY.names("rubric"):  # noqa: PTH113 - as above
        raise UsageError(
            f"{name[:200]}: no rubric file; a rubric is one of {', '.join(builtin)}, or a YAML file "
            "as `empa new rubric NAME` writes it"
        )
    place: Path = REGISTRY.find("rubric", name, builtin=builtin)
    return place / f"{name}.yaml" if place.is_dir() else place


@lru_cache(maxsize=32)
def prompt_text(name: str) -> str:
    """Return the prompt file ``name`` of the bundled evaluators folder, or the one beside a registered rubric."""
    bundled = content_folder("evaluators") / name
    if bundled.is_file():
        return read_text(bundled, LARGEST_PROMPT)
    beside = {_rubric_file(rubric, ()).parent / name for rubric in REGISTRY.names("rubric")}
    held = sorted(path for path in beside if path.is_file())
    if len(held) > 1:
        raise UsageError(f"prompt '{name}' stands beside several registered rubrics: {', '.join(map(str, held))}")
    return read_text(held[0] if held else bundled, LARGEST_PROMPT)


def judge_prompt(rubric: Rubric) -> str:
    """Return the judge prompt of ``rubric``: the file beside it, else the bundled or registered one of that name.

    Of a rubric that names none, the prompt for coding behaviour. Raises ContentError where there is none, which only
    an evaluator that asks a judge has to mind.
    """
    if rubric.judge_prompt is None:
        return prompt_text(CODING_PROMPT)
    beside = rubric.folder and rubric.folder / rubric.judge_prompt
    return read_text(beside, LARGEST_PROMPT) if beside and beside.is_file() else prompt_text(rubric.judge_prompt)


@lru_cache(maxsize=1)
def coding_scale() -> CodingScale:
    """Return the scale on which behaviour is coded."""
    return load_model(content_folder("evaluators") / CODING_SCALE, CodingScale)


def coding_hashes() -> dict[str, str]:
    """Return SHA-256 of what a judge that codes behaviour is told, by name: the prompt and the scale."""
    told = {CODING_PROMPT: prompt_text(CODING_PROMPT), CODING_SCALE: coding_scale().model_dump_json()}
    return {f"prompt:{name}": digest_of(text) for name, text in told.items()}


def support_hashes() -> dict[str, str]:
    """Return SHA-256 of what a judge of support is told, by the name of its prompt: that, with the scale behind it."""
    told = f"{prompt_text(SUPPORT_PROMPT)}\n{coding_scale().model_dump_json()}"
    return {f"prompt:{SUPPORT_PROMPT}": digest_of(told)}


def content_hashes(chosen: Iterable[Scenario], rubric: Rubric) -> dict[str, str]:
    """Return SHA-256 of the personas, rubric and judge prompt, if it has one, that a run stands on, by name."""
    records = {f"persona:{s.persona.id}": s.persona.model_dump_json() for s in chosen}
    records[f"rubric:{rubric.id}"] = rubric.model_dump_json()
    with suppress(ContentError):  # offline evaluators need none
        if rubric.judge_prompt is not None:
            records[f"prompt:{rubric.judge_prompt}"] = judge_prompt(rubric)
    hashes = {name: digest_of(text) for name, text in records.items()}
    return dict(sorted((hashes | (coding_hashes() if rubric.judge_prompt is None else {})).items()))
