"""Turns and histories on a flat space for tests of the SLA: the way to the target is (1, 0), of length 1."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from empa_graph.live.records import EmpathySLA, History, SlaRule, SlaState, TurnEvidence, TurnSignals
from empa_graph.live.sla import Assessed, assess
from empa_graph.models.latent import LatentState

Move = tuple[float, float] | None


def rule(signal: str, enter: float, **fields: Any) -> SlaRule:
    return SlaRule(**{"id": "the_rule", "signal": signal, "enter": enter, "window": 3, "min_turns": 1, **fields})


def sla(*rules: SlaRule) -> EmpathySLA:
    return EmpathySLA(id="an_sla", rules=rules)


def turn(number: int, move: Move, **fields: Any) -> TurnSignals:
    return TurnSignals(evidence=TurnEvidence(turn=number), increment=move, **fields)


def flat(radius: float = 0.1) -> LatentState:
    return LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(1.0, 0.0), radius=radius)


def history(turns: Iterable[TurnSignals]) -> History:
    known = tuple(turns)
    moves = [t.increment for t in known if t.increment is not None]
    position = (sum(m[0] for m in moves), sum(m[1] for m in moves))
    path = flat()
    return History(
        start=path.start,
        target=path.target,
        radius=path.radius,
        position=position,
        basis="given start",
        turns=known,
        judged=len(moves),
    )


def walked(*moves: Move) -> History:
    return history(turn(number, move) for number, move in enumerate(moves, start=1))


def followed(held: EmpathySLA, turns: Iterable[TurnSignals], state: SlaState | None = None) -> list[Assessed]:
    """Assess turn by turn, as a conversation does; the clock stands at a second per turn."""
    known, state, found = list(turns), state or SlaState(), []
    for number in range(1, len(known) + 1):
        found.append(assess(held, state, history(known[:number]), now=float(number)))
        state = found[-1].state
    return found


def kinds(found: Iterable[Assessed]) -> list[str | None]:
    """The kind of the one decision of each turn; None for a turn without."""
    return [step.decisions[0].kind if step.decisions else None for step in found]
