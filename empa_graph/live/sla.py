"""Hold a live conversation to its service level: pure decisions over its recent turns; the clock is an argument."""

from __future__ import annotations

import datetime
import math
import statistics
from collections.abc import Callable, Sequence
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from empa_graph.content.loading import load_model
from empa_graph.live.records import (
    UNJUDGED,
    Absence,
    Breach,
    Decision,
    EmpathySLA,
    History,
    Recovery,
    RuleState,
    Signal,
    SlaRule,
    SlaState,
    TurnEvidence,
    TurnSignals,
)
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.record import Point
from empa_graph.scoring.space import alignments, angles


class Assessed(NamedTuple):
    """The decisions of one turn, in the order of the rules, and the state after it."""

    state: SlaState
    decisions: tuple[Decision, ...]


def load_sla(path: Path) -> EmpathySLA:
    """Read an SLA from its YAML file. Raises ContentError with file, line and field."""
    return load_model(path, EmpathySLA)


def assess(sla: EmpathySLA, state: SlaState, history: History, *, now: float) -> Assessed:
    """Decide every rule at the last turn of ``history``; ``now`` is seconds since the epoch.

    A turn is decided once: a second time it changes nothing. A signal that cannot be had neither begins nor ends a
    breach; where it does not exist at all, that is said once.
    """
    if history.turn <= state.turn:
        return Assessed(state, ())
    at = datetime.datetime.fromtimestamp(now, datetime.UTC).isoformat(timespec="milliseconds")
    rules: dict[str, RuleState] = {}
    decisions: list[Decision] = []
    for rule in sla.rules:
        rules[rule.id], decision = _decided(rule, state.rules.get(rule.id, RuleState()), history, at)
        decisions += [decision] if decision is not None else []
    return Assessed(SlaState(turn=history.turn, rules=rules), tuple(decisions))


def breached(sla: EmpathySLA, state: SlaState) -> tuple[SlaRule, ...]:
    """Return the rules that are in breach, in their order."""
    return tuple(rule for rule in sla.rules if state.rules.get(rule.id, RuleState()).since is not None)


def route(sla: EmpathySLA, state: SlaState) -> str | None:
    """Return who takes over: the route of the first breached rule that has one; None for the agent itself."""
    return next((rule.route for rule in breached(sla, state) if rule.route is not None), None)


def released(sla: EmpathySLA, state: SlaState) -> SlaState:
    """Return the state after somebody handed the conversation back: routed breaches end here and cool down."""
    routed = {rule.id for rule in breached(sla, state) if rule.route is not None}
    ended = {name: RuleState(ended=state.turn) for name in routed}
    return state.model_copy(update={"rules": {**state.rules, **ended}})


def signals(
    step: Step, *, seat: str = "agent", latency: float | None = None, trust: float | None = None
) -> TurnSignals:
    """Return what the rules read of one judged, or unjudged, turn."""
    items = step.assessment.items if step.assessment is not None else ()
    shown = [(item, side) for item in items for side in ("progress", "regress") if getattr(item, side)]
    spans = dict.fromkeys(getattr(item, f"{side}_evidence") for item, side in shown)
    evidence = TurnEvidence(
        turn=step.turn,
        seat=seat,
        levels=tuple(f"{item.dimension} {side} {getattr(item, side)}" for item, side in shown),
        spans=tuple(span for span in spans if span),
        missing=f"{step.failure.kind}: {step.failure.detail}" if step.failure is not None else None,
    )
    return TurnSignals(
        evidence=evidence,
        increment=step.increment,
        due=step.due,
        regressed=any(item.regress for item in items),
        latency=latency,
        trust=trust,
    )


def held_to(
    sla: EmpathySLA, latent: LatentState, *, basis: str, now: float, trust: Sequence[float | None] = ()
) -> tuple[Decision, ...]:
    """Return every decision of a whole path, turn by turn, as a live conversation would have had it.

    ``trust`` is the person's trust after each turn, where it is known. All decisions carry the time ``now``.
    """
    state, found = SlaState(), list[Decision]()
    turns: tuple[TurnSignals, ...] = ()
    path = LatentState.opening(
        dimensions=latent.dimensions, start=latent.start, target=latent.target, radius=latent.radius
    )
    for step in latent.steps:
        path = path.extended(step)
        known = trust[step.turn - 1] if step.turn <= len(trust) else None
        turns = (*turns, signals(step, trust=known))[-sla.window :]
        state, decisions = assess(sla, state, history(path, turns, basis=basis), now=now)
        found += decisions
    return tuple(found)


def history(latent: LatentState, turns: tuple[TurnSignals, ...], *, basis: str) -> History:
    """Return what `assess` decides on: the ``turns`` at the end of ``latent``."""
    return History(
        start=latent.start,
        target=latent.target,
        radius=latent.radius,
        position=latent.position,
        basis=basis,
        turns=turns,
        judged=len(latent.judged),
    )


def _decided(rule: SlaRule, state: RuleState, history: History, at: str) -> tuple[RuleState, Decision | None]:
    recent = history.turns[-rule.window :]
    if rule.signal == "trust" and all(turn.trust is None for turn in history.turns):
        reason = "no trust is known here: the conversation has no persona state"
        said = Absence(rule=rule.id, signal=rule.signal, turn=history.turn, at=at, reason=reason)
        return state.model_copy(update={"absent": True}), None if state.absent else said
    value = _value(rule, recent, history)
    if value is None:
        return state, None
    if state.since is not None:
        return _still(rule, state, value, history.turn, at)
    cooling = state.ended is not None and history.turn <= state.ended + rule.cool_down
    if cooling or not rule.breached_by(value):
        return state.model_copy(update={"absent": False}), None
    breach = Breach(
        rule=rule.id,
        signal=rule.signal,
        severity=rule.severity,
        route=rule.route,
        turn=history.turn,
        at=at,
        value=value,
        enter=rule.enter,
        basis=history.basis,
        evidence=tuple(turn.evidence for turn in recent),
    )
    return RuleState(since=history.turn), breach


def _still(rule: SlaRule, state: RuleState, value: float, turn: int, at: str) -> tuple[RuleState, Recovery | None]:
    """Return how a breached rule stands after one more turn."""
    if state.since is None or not rule.kept_by(value):
        return state, None
    ended = Recovery(rule=rule.id, signal=rule.signal, turn=turn, at=at, value=value, since=state.since)
    return RuleState(ended=turn), ended


def _value(rule: SlaRule, recent: Sequence[TurnSignals], history: History) -> float | None:
    """Return the value of the rule's signal; None without enough evidence to say."""
    if history.turn < rule.from_turn:
        return None
    if rule.signal in ("energy", "progress"):
        return _VALUES[rule.signal](recent, history) if history.judged >= rule.min_turns else None
    carrying = [turn for turn in recent if _carries(rule.signal, turn)]
    return _VALUES[rule.signal](carrying, history) if len(carrying) >= rule.min_turns else None


def _carries(signal: Signal, turn: TurnSignals) -> bool:
    if signal not in UNJUDGED:
        return turn.increment is not None
    return {"missing": turn.due, "latency": turn.latency is not None, "trust": turn.trust is not None}[signal]


def _way(history: History) -> Point:
    return tuple(there - here for here, there in zip(history.start, history.target, strict=True))


def _alignment(turns: Sequence[TurnSignals], history: History) -> float | None:
    if math.dist(history.position, history.target) <= history.radius:
        return None  # on the target there is no way left to be aligned with
    moved = _path(turns)[-1]
    return float(alignments([[0.0] * len(moved), moved], _way(history))[0])


def _stability(turns: Sequence[TurnSignals], history: History) -> float:
    return float(statistics.pstdev(angles(_path(turns), _way(history)).tolist()))


def _path(turns: Sequence[TurnSignals]) -> list[Point]:
    """Return the positions of the window, from the origin on."""
    moves = [turn.increment for turn in turns if turn.increment is not None]
    origin = (0.0,) * len(moves[0])
    return list(accumulate(moves, lambda at, move: tuple(a + b for a, b in zip(at, move, strict=True)), initial=origin))


def _energy(turns: Sequence[TurnSignals], history: History) -> float:
    way = _way(history)
    moved = [now - then for then, now in zip(history.start, history.position, strict=True)]
    return sum(a * b for a, b in zip(moved, way, strict=True)) / math.fsum(b * b for b in way)


def _progress(turns: Sequence[TurnSignals], history: History) -> float:
    left = math.dist(history.position, history.target)
    return 1.0 - left / math.dist(history.start, history.target)


def _regress(turns: Sequence[TurnSignals], history: History) -> float:
    return float(sum(turn.regressed for turn in turns))


def _missing(turns: Sequence[TurnSignals], history: History) -> float:
    return float(sum(turn.increment is None for turn in turns))


def _latency(turns: Sequence[TurnSignals], history: History) -> float:
    return statistics.median(turn.latency for turn in turns if turn.latency is not None)


def _trust(turns: Sequence[TurnSignals], history: History) -> float:
    known = [turn.trust for turn in turns if turn.trust is not None]
    return max(0.0, max(known) - known[-1])


_VALUES: dict[Signal, Callable[[Sequence[TurnSignals], History], float | None]] = {
    "alignment": _alignment,
    "energy": _energy,
    "progress": _progress,
    "regress": _regress,
    "stability": _stability,
    "trust": _trust,
    "missing": _missing,
    "latency": _latency,
}
