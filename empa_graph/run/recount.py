"""Whether the scores that a store holds are those that its own levels give: computed again, by the same functions."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from empa_graph.content.library import load_rubric
from empa_graph.episode.score import scored_again
from empa_graph.errors import UsageError
from empa_graph.models.episode import Episode, Score
from empa_graph.models.latent import LatentState
from empa_graph.models.rubric import Rubric, with_max_turns
from empa_graph.models.run import Run
from empa_graph.roles.specs import EVALUATORS
from empa_graph.run.replay import judged_again
from empa_graph.seeds import digest_of
from empa_graph.store.ledger import Store
from empa_graph.store.records import outcome
from empa_graph.store.tables import FIGURES

_NEAR = 1e-6
"""Differences below it come from another machine's arithmetic."""


class Contradiction(NamedTuple):
    """A stored figure of an episode that its own levels do not give; ``composite`` is the one that they do."""

    number: int
    episode: str
    figure: str
    stored: float | None
    recomputed: float | None
    composite: float | None

    def __str__(self) -> str:
        stored, found = ("none" if value is None else f"{value:.6g}" for value in (self.stored, self.recomputed))
        return f"{self.episode}: the stored {self.figure} is {stored}, its own levels give {found}"


class Recount:
    """Looks at the episodes of one store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._rubric = _rubric(store.run)
        self._columns = {row.number: row for row in store.outcomes()}

    def found(self, number: int, episode: Episode) -> Contradiction | None:
        """Return the first figure of an episode that contradicts its levels, in its columns or its score."""
        own = None if episode.score is None else self._score(episode.latent, episode.score)
        composite = own.composite if own else None
        named = f"{episode.scenario} ({episode.variant}, repeat {episode.repeat})"
        column, again = self._columns[number], outcome(number, episode.model_copy(update={"score": own}))
        for figure, stored, recomputed in (
            *((name, getattr(column, name), getattr(again, name)) for name in (*FIGURES, "turns")),
            *_figures(episode.score, own),
        ):
            if not _same(stored, recomputed):
                return Contradiction(number, named, figure, stored, recomputed, composite)
        return None

    def __iter__(self) -> Iterator[Contradiction]:
        """Yield the contradictions by number."""
        for number, episode in self._store.numbered():
            if (found := self.found(number, episode)) is not None:
                yield found

    def _score(self, latent: LatentState, score: Score) -> Score | None:
        try:
            again = latent if self._rubric is None else judged_again(latent, self._rubric)
        except (ValueError, LookupError):  # the levels are not those of the rubric's space
            return None
        return scored_again(again, score)


def _rubric(run: Run) -> Rubric | None:
    """Return the rubric by which the levels of ``run`` move its persons; None where that one is not at hand."""
    if run.config.evaluator.name not in EVALUATORS:
        return None
    try:
        rubric = with_max_turns(load_rubric(run.rubric_file), run.max_turns)
    except UsageError:
        return None
    digest = digest_of(rubric.model_dump_json())
    return rubric if run.hashes.get(f"rubric:{rubric.id}") == digest else None


def _figures(stored: Score | None, own: Score | None) -> Iterator[tuple[str, float | None, float | None]]:
    """Yield every number of a score beside the one that the levels give."""
    if stored is None or own is None:
        return
    for name, value in stored:
        if isinstance(value, float):
            yield name, value, getattr(own, name)
    for definition, index in stored.epmq.items():
        for name, value in index:
            yield f"epmq.{definition}.{name}", value, getattr(own.epmq.get(definition), name, None)


def _same(stored: float | None, recomputed: float | None) -> bool:
    if stored is None or recomputed is None:
        return stored is recomputed
    return math.isclose(stored, recomputed, rel_tol=_NEAR, abs_tol=_NEAR)
