"""The report's own page of one run or of two, as the viewer serves it: the same figures, templates and scripts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from empa_graph.content.played import played_scenarios
from empa_graph.models.episode import Episode
from empa_graph.models.script_finding import VOIDED
from empa_graph.report.html import page_data
from empa_graph.report.page.build import Built, page
from empa_graph.report.page.called import run_name
from empa_graph.report.page.records import Page
from empa_graph.report.page.source import Source, stored
from empa_graph.report.text import one_line
from empa_graph.store.ledger import Store
from empa_graph.viewer.recent import LARGEST, Recent


class Place(NamedTuple):
    """Which episode of which run stands in a row of a page."""

    key: str
    number: int


class Reported(NamedTuple):
    """A page with its episodes, and where each lies."""

    built: Built
    places: tuple[Place, ...]
    contradictions: tuple[str, ...] = ()
    """Stored figures that the levels of their episodes do not give."""

    @property
    def data(self) -> dict[str, Any]:
        """What the scripts of the page ask for."""
        places = [[place.key, place.number] for place in self.places]
        return {**page_data(self.built.page), "places": places}


def reported(recent: Recent, keys: Sequence[str]) -> Reported | None:
    """Return the page over the runs of ``keys``; None where nothing has ended or there is too much for one page."""
    ended = [recent.extent(key).episodes for key in keys]
    if not any(ended) or sum(ended) > LARGEST:
        return None
    return recent.whole("page", keys, lambda: _made(recent, keys))


def _made(recent: Recent, keys: Sequence[str]) -> Reported:
    sources, places, wrong = [], [], list[str]()
    for key in keys:
        source, numbers = _source(recent.catalogue.store(key), recent.catalogue.located(key).place)
        sources.append(source)
        places += [Place(key, number) for number in numbers]
        wrong += map(one_line, source.contradictions.values())
    known = played_scenarios([source.run for source in sources if source.run is not None], None)
    return Reported(page(sources, known), tuple(places), tuple(wrong))


def _source(store: Store, place: str) -> tuple[Source, list[int]]:
    """Return a run and the numbers of its episodes; of one that goes on, those that have ended by now."""
    from empa_graph.run.recount import Recount

    numbers: list[int] = []
    recount = cache(lambda: Recount(store))  # made behind the episodes, so that it knows each of them

    def contradiction(number: int, episode: Episode) -> object:
        numbers.append(number)
        return recount().found(number, episode)

    return stored(store, contradiction, place=place), numbers


def one_episode(recent: Recent, key: str, number: int) -> Reported:
    """Return the page of a single episode, for a run of any size. Raises NotFoundError."""
    store = recent.catalogue.store(key)
    episode = store.episode(number)
    run = store.run.model_copy(update={"plan": store.run.plan[number : number + 1]})
    name = run_name(recent.catalogue.located(key).place, run)
    built = page([Source(name, run, (episode,))], played_scenarios([run], None))
    if recent.void(key):
        built = built._replace(page=_without_void(built.page))
    return Reported(built, (Place(key, number),))


def _without_void(found: Page) -> Page:
    """Return a page without what is void in its rows, since their run is scripted."""
    rows = [
        row.model_copy(update={"values": {name: value for name, value in row.values.items() if name not in VOIDED}})
        for row in found.episodes
    ]
    return found.model_copy(update={"episodes": tuple(rows)})
