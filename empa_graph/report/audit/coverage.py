"""With which simulated people a system was tried, and which kinds of people were not among them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from empa_graph.models.episode import Episode
from empa_graph.models.persona import Scenario
from empa_graph.report.audit.blocks import conversation
from empa_graph.report.audit.records import Coverage, Covered
from empa_graph.report.coverage.aspects import Aspect, in_order, values

AUDITED: tuple[Aspect, ...] = (
    "context",
    "language",
    "age",
    "gender",
    "culture",
    "country",
    "threshold",
    "speaks of",
)
"""The aspects of people that a dossier counts."""
ALWAYS = (
    "Nobody under 18 is in the suite: the format of a card does not allow it.",
    "Disability, sexual orientation and religion are no fields of a card; where they matter they stand in its text and "
    "are not counted here.",
    "Nothing is spoken: tone of voice, pictures and the layout of an app are not tried.",
    "Each conversation stands alone: use over weeks, and what it makes of a person, is not tried.",
)
"""What no run of this suite covers."""


def coverage(episodes: Sequence[Episode], known: Mapping[str, Scenario], suite: Iterable[Scenario]) -> Coverage:
    """Return what ``episodes`` cover; ``known`` are the scenarios that were played, ``suite`` all there are."""
    by_scenario: defaultdict[str, list[str]] = defaultdict(list)
    unknown = []
    for row, episode in enumerate(episodes):
        if episode.conversation is None and episode.scenario in known:
            by_scenario[episode.scenario].append(conversation(row))
        else:
            unknown.append(conversation(row))
    whole = tuple(suite)
    cells = tuple(_cells(by_scenario, known, whole)) if by_scenario else ()
    return Coverage(
        cells=cells,
        gaps=(*_gaps(cells), *(ALWAYS if by_scenario else ())),
        scenarios=len(by_scenario),
        suite=len(whole),
        unknown=tuple(unknown),
    )


def _cells(
    played: Mapping[str, Sequence[str]], known: Mapping[str, Scenario], suite: Sequence[Scenario]
) -> Iterator[Covered]:
    offered = {aspect: _by_value(aspect, suite) for aspect in AUDITED}
    for aspect in AUDITED:
        had = _by_value(aspect, [known[name] for name in played])
        for value in in_order(aspect, {**had, **offered[aspect]}):
            names = had.get(value, ())
            yield Covered(
                aspect=aspect,
                value=value,
                scenarios=len(names),
                suite=len(offered[aspect].get(value, ())),
                conversations=tuple(place for name in names for place in played[name]),
            )


def _by_value(aspect: Aspect, scenarios: Iterable[Scenario]) -> dict[str, list[str]]:
    found: defaultdict[str, list[str]] = defaultdict(list)
    for scenario in scenarios:
        for value in values(scenario, aspect):
            found[value].append(scenario.id)
    return dict(found)


def _gaps(cells: Sequence[Covered]) -> Iterator[str]:
    """Say in sentences what was not tried."""
    if not cells:
        yield "No card is known of any conversation, so nothing can be said of the people in them."
        return
    words = {"context": "context", "age": "age", "threshold": "threshold for comfort"}
    for aspect, word in words.items():
        if missing := [cell.value for cell in cells if cell.aspect == aspect and not cell.scenarios]:
            yield f"No conversation of {word} {', '.join(missing)}."
    languages = [cell.value for cell in cells if cell.aspect == "language" and cell.scenarios]
    yield f"Languages, by their tags (en is English): {', '.join(languages)}. No other was tried."
    for aspect, word in {"culture": "cultures", "country": "countries"}.items():
        of_one = [cell for cell in cells if cell.aspect == aspect and cell.value != "not stated"]
        had = [cell for cell in of_one if cell.scenarios]
        left = [cell.value for cell in of_one if not cell.scenarios]
        behind = f" Of the suite these were left out: {'; '.join(left)}." if left else ""
        yield (
            f"{len(had)} {word} as cards name them, each by one person or few. They stand for nobody but "
            f"themselves, and all others are untried.{behind}"
        )
