"""How far the judges of a panel agree over a run: Krippendorff's alpha, and how often they differ."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from empa_graph.errors import MissingExtraError
from empa_graph.models.assessment import Vote
from empa_graph.models.episode import Episode
from empa_graph.models.record import Record, Unit
from empa_graph.scoring.agreement import Agreement, agreement, vote_table


class PanelAgreement(Record):
    """Ordinal alpha over all items and by item (1 perfect, 0 as by chance); None where it is not defined."""

    judges: tuple[str, ...]
    turns: int
    """Turns that the panel voted on."""
    split: Unit
    """Share of the items on which not all votes were equal."""
    unknown: str | None = None
    """Why alpha could not be computed; None when it was."""
    alpha: float | None
    by_item: dict[str, float | None]


def panel_agreement(episodes: Iterable[Episode]) -> PanelAgreement | None:
    """Return the agreement over every vote of ``episodes``; None where no panel voted."""
    judged = (step.assessment for episode in episodes for step in episode.latent.steps)
    ballots = [assessment.votes for assessment in judged if assessment is not None and assessment.votes]
    if not ballots:
        return None
    judges = tuple(dict.fromkeys(vote.judge for votes in ballots for vote in votes))
    units: defaultdict[str, list[Mapping[str, float]]] = defaultdict(list)
    for votes in ballots:
        for item, given in _levels(votes).items():
            units[item].append(given)
    try:
        found, unknown = agreement({item: vote_table(given, judges) for item, given in units.items()}), None
    except MissingExtraError as error:
        found, unknown = Agreement(None, {}), str(error)
    asked = [given for item in units.values() for given in item if len(given) > 1]
    split = sum(len(set(given.values())) > 1 for given in asked) / len(asked) if asked else 0.0
    return PanelAgreement(
        judges=judges,
        turns=len(ballots),
        split=split,
        unknown=unknown,
        alpha=found.overall,
        by_item=dict(found.by_item),
    )


def _levels(votes: tuple[Vote, ...]) -> dict[str, dict[str, float]]:
    """Return, by item, the level that each judge gave; a failed vote gives none."""
    given: defaultdict[str, dict[str, float]] = defaultdict(dict)
    for vote in votes:
        for item in vote.items:
            given[f"{item.dimension} progress"][vote.judge] = item.progress
            given[f"{item.dimension} regress"][vote.judge] = item.regress
    return dict(given)
