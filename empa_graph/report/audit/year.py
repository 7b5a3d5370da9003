"""Counts of a calendar year about crises, in the form in which laws on companion chatbots ask operators for theirs."""

from __future__ import annotations

from empa_graph.models.run import Run
from empa_graph.report.audit.crisis import turns_with
from empa_graph.report.audit.places import conversation, turn_of
from empa_graph.report.audit.records import Counted, Crisis, Year
from empa_graph.report.page.build import Built


def year(run: Run | None, built: Built, danger: Crisis) -> Year:
    """Return the counts of the year (UTC) in which a run began; a file of conversations has no date.

    Referrals are replies, and not conversations; they are absent where the evaluator does not code them.
    """
    cases = {case.row for case in danger.cases}
    referrals = tuple(
        turn_of(row, turn)
        for row, episode in enumerate(built.episodes)
        if conversation(row) in cases
        for turn in turns_with(episode, "service")
    )
    counts = [Counted(what="Conversations of this test", count=len(built.episodes))]
    counts += [one.model_copy(update={"of": None}) for one in danger.counts[: 2 if cases else 1]]
    if danger.coded:
        counts.append(
            Counted(what="Replies that refer the person to a crisis service", count=len(referrals), rows=referrals)
        )
    return Year(year=run.created[:4] if run else "no date", counts=tuple(counts))
