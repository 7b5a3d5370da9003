"""The cases of a copy of the EMPA data: card, story and initial levels brought together, or why not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from empa_graph.empa_import.cards import Script, Stated, card, iedr, scripts
from empa_graph.empa_import.case_persona import Built, build
from empa_graph.empa_import.import_report import Cause, Skipped
from empa_graph.empa_import.source import Copy, case_id
from empa_graph.episode.start import initial_deficit
from empa_graph.errors import ContentError
from empa_graph.models.rubric import Rubric

_Thing = TypeVar("_Thing")
Known = dict[str, _Thing | ContentError]
"""By case: what its file states, or what is wrong with it."""


class Stories(NamedTuple):
    """Scripts and initial levels by case, and the faults that name no case."""

    scripts: Known[Script]
    levels: Known[Stated]
    faults: tuple[str, ...]


def stories(copy: Copy) -> Stories:
    """Read every scenario file and every IEDR file of a copy."""
    faults: list[str] = []
    told = _known(map(scripts, copy.scripts), faults)
    levels = _known(map(iedr, copy.iedr), faults)
    return Stories(told, levels, tuple(faults))


def cases(copy: Copy, told: Stories, official: frozenset[str] | None, rubric: Rubric) -> Iterator[Built | Skipped]:
    """Yield every case of a copy as a persona, or why it is none; ``official`` are the cases that count, None for all.

    A case without a card was found too, where a script tells it or the official list names it.
    """
    seen: set[str] = set()
    for file in copy.cards:
        try:
            case = case_id(file.stem)
        except ContentError as error:
            yield _skipped("?", "invalid", f"{file}: {error}")
            continue
        if case in seen:
            yield _skipped(case, "duplicate", f"{file}: another card is of '{case}' too")
        else:
            yield _case(case, file, told, official, rubric)
        seen.add(case)
    for case in sorted((set(told.scripts) | (official or set())) - seen):
        cause: Cause = "no_card" if official is None or case in official else "not_official"
        yield _skipped(case, cause, f"'{case}' has no card under cases/")


def _case(case: str, file: Path, told: Stories, official: frozenset[str] | None, rubric: Rubric) -> Built | Skipped:
    if official is not None and case not in official:
        return _skipped(case, "not_official", f"'{case}' is not in the list of official cases")
    script, levels = told.scripts.get(case), told.levels.get(case)
    if script is None:
        return _skipped(case, "no_script", f"{file}: no script of '{case}' in scenarios/*.json")
    if levels is None:
        return _skipped(case, "no_iedr", f"{file}: no initial levels of '{case}' in an IEDR file")
    if isinstance(script, ContentError) or isinstance(levels, ContentError):
        return _skipped(case, "invalid", str(script if isinstance(script, ContentError) else levels))
    try:
        return build(case, card(file), script, levels=levels, start=initial_deficit(rubric, levels))
    except ContentError as error:
        return _skipped(case, "invalid", str(error))


def _known(files: Iterable[Iterator[tuple[str, _Thing | ContentError]]], faults: list[str]) -> Known[_Thing]:
    """Gather what the files state by case; a case that two places state differently is a fault of that case."""
    found: Known[_Thing] = {}
    for entries in files:
        try:
            for case, stated in entries:
                if not case:
                    faults.append(str(stated))
                elif found.setdefault(case, stated) != stated:
                    found[case] = ContentError(f"'{case}' is stated twice, and not alike")
        except ContentError as error:
            faults.append(str(error))
    return found


def _skipped(case: str, cause: Cause, detail: str) -> Skipped:
    return Skipped(name=case, cause=cause, detail=detail)
