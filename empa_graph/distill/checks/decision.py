"""What speaks against a scenario, and how difficult it is: pure decisions over how the agents stand in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from statistics import pstdev

from empa_graph.distill.checks.ladder import POORER
from empa_graph.distill.checks.records import Agent, Claim, Refusal, Standing
from empa_graph.models.persona import Persona
from empa_graph.models.reading import UNFIT_FROM
from empa_graph.report.coverage.aspects import Level

NEAR = 0.5
"""Share of the way that an agent without skill may not keep."""
EASY, HARD = 8.0, 10.0
"""Turns for the whole way: an easy scenario takes fewer than the first, a hard one more than the second."""
_HURT = frozenset({"push_back", "deflect", "withdraw"})
_MET = frozenset({"elaborate", "soften", "settle", "disclose"})
_ORDER: Mapping[Claim, tuple[Agent, ...]] = {
    "reaches": ("skilled", "generic", "dismissive"),
    "opens": ("skilled", "dismissive"),
}
"""Agents of which each has to go faster than the next."""
Standings = Mapping[Agent, Standing]


def against(claim: Claim, stand: Standings) -> Iterator[Refusal]:
    """Yield what the way of the agents says against a scenario."""
    skilled = stand["skilled"]
    if claim == "reaches" and 2 * skilled.reached <= skilled.plays:
        told = f"reached in {skilled.reached} of {skilled.plays} plays, mean progress {skilled.progress:.2f}"
        if skilled.fit is not None and skilled.fit < UNFIT_FROM:
            told += (
                f"; the good replies fit this person by {skilled.fit:.2f}, below {UNFIT_FROM:g} they speak to nobody"
            )
        yield Refusal(cause="not_reached", detail=told)
    for name in POORER:
        if stand[name].reached or stand[name].progress >= NEAR:
            told = f"{name} keeps {stand[name].progress:.2f} of the way, allowed is below {NEAR:g}"
            yield Refusal(cause="reached_by_poorer", detail=told)
    for better, worse in pairwise(_ORDER[claim]):
        if stand[better].pace <= stand[worse].pace:
            told = f"{better} makes {stand[better].pace:+.3f} of the way a turn, {worse} {stand[worse].pace:+.3f}"
            yield Refusal(cause="order", detail=told)


def unshown(
    claim: Claim, persona: Persona, moves: Mapping[Agent, frozenset[str]], unfelt: Mapping[Agent, Sequence[str]]
) -> Iterator[Refusal]:
    """Yield what does not show: tastes that no reply touched, ``unfelt`` by agent, and moves that nobody brought out.

    A preference has to be met by the skilled agent, a dislike by one without skill; the one has to be let in, the
    other to hurt.
    """
    if claim == "reaches":
        if sum(taste.startswith("likes") for taste in unfelt["skilled"]) == len(persona.preferences):
            yield Refusal(cause="not_shown", detail="a skilled agent meets none of the preferences")
        if not moves["skilled"] & _MET:
            yield Refusal(cause="not_shown", detail="a skilled agent is let in nowhere")
    always = set.intersection(*(set(unfelt[name]) for name in POORER))
    if sum(taste.startswith("minds") for taste in always) == len(persona.anti_preferences):
        yield Refusal(cause="not_shown", detail="no agent without skill does what the person minds")
    if not any(moves[name] & _HURT for name in POORER):
        yield Refusal(cause="not_shown", detail="no agent without skill is pushed back, evaded or shut out")


def difficulty(claim: Claim, stand: Standings) -> float | None:
    """Return the turns for the whole way at the skilled agent's pace; None where there is no such agent or way."""
    pace = stand["skilled"].pace
    return 1.0 / pace if claim == "reaches" and pace > 0.0 else None


def level(turns: float | None) -> Level | None:
    """Return the level of a difficulty in ``turns``."""
    if turns is None:
        return None
    return "easy" if turns < EASY else "hard" if turns > HARD else "medium"


def disagreement(stand: Standings) -> float:
    """Return the standard deviation of the agents' mean progress."""
    return pstdev(one.progress for one in stand.values())
