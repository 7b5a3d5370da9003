"""Whether an episode goes on: a pure decision over the latent path and what a director asked for."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

from empa_graph.models.assessment import Item
from empa_graph.models.directive import Directive
from empa_graph.models.episode import PersonaState
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.record import Point
from empa_graph.models.stop_rule import SUCCESSES, EnergyStop, RadiusStop, StopRules, Verdict
from empa_graph.scoring.stopping import Kind, standing

_VERDICTS: dict[Kind, Verdict] = {
    "continue": "continue",
    "success_geometric": "success_geometric",
    "success_positional": "success_positional",
    "max_turns": "max_turns",
    "collapse": "collapsed",
    "oscillation": "oscillated",
    "stagnation": "stagnated",
}


def verdict(
    latent: LatentState,
    stop: StopRules,
    directives: Sequence[Directive] = (),
    *,
    persona: PersonaState | None = None,
) -> Verdict:
    """Say how the path stands after its last turn: a success, the ``persona``'s own end, a rule, a director's ``end``.

    In a crisis no success holds before a hand-off was offered, and was whole, and, by who can say so, accepted in
    words; nor in a turn in which the person owned to danger. Without a persona's state (a live or a saved conversation)
    the offer is all that can be known.
    """
    barred = latent.needs_handoff and not (latent.handed_off and _accepted(persona))
    by_rule = _by_energy(latent, stop, barred) if isinstance(stop, EnergyStop) else _by_radius(latent, stop, barred)
    found = persona.ended if persona and persona.ended and by_rule not in SUCCESSES else by_rule
    ended = any(directive.action == "end" for directive in directives)
    return "ended" if found == "continue" and ended else found


def _by_energy(latent: LatentState, stop: EnergyStop, barred: bool) -> Verdict:
    """Apply SCORING.md section 3 at a judged turn; a turn without a judgement can only be the last one."""
    turns = len(latent.steps)
    if not turns or latent.steps[-1].increment is None:
        return "max_turns" if turns >= stop.max_turns else "continue"
    increments = [step.increment for step in latent.steps if step.increment is not None]
    found = _VERDICTS[standing(latent.start, increments, rules=stop.rules, turn=turns)]
    if found in SUCCESSES and barred:
        return "max_turns" if turns >= stop.max_turns else "continue"
    return found


def _by_radius(latent: LatentState, stop: RadiusStop, barred: bool) -> Verdict:
    """Apply, in this order: ``converged`` from ``min_turns`` on, ``max_turns``, ``collapsed``."""
    turns = len(latent.steps)
    arrived = math.dist(latent.position, latent.target) <= latent.radius
    if turns >= stop.min_turns and arrived and not barred:
        return "converged"
    if turns >= stop.max_turns:
        return "max_turns"
    if _collapsing(latent, stop.collapse_after):
        return "collapsed"
    return "continue"


def _accepted(persona: PersonaState | None) -> bool:
    if persona is None:
        return True
    return persona.whole_since is not None and persona.help_accepted is not False and not persona.owns_danger


def _collapsing(latent: LatentState, window: int) -> bool:
    if len(latent.steps) < window:
        return False
    ideal = tuple(b - a for a, b in zip(latent.start, latent.target, strict=True))
    judged = (step for step in reversed(latent.steps) if step.increment is not None)
    lost = itertools.takewhile(lambda step: _loses(step, ideal), judged)
    return sum(1 for _ in itertools.islice(lost, window)) == window


def _loses(step: Step, ideal: Point) -> bool:
    """Say whether a judged turn led away from the target, or would have, had anything been left to take back."""
    increment = step.increment or ()
    if any(increment) or step.assessment is None:
        return sum(x * y for x, y in zip(increment, ideal, strict=True)) < 0.0
    return sum(map(_net, step.assessment.items)) < 0.0


def _net(item: Item) -> float:
    won = item.progress / 2.0 if item.progress_share is None else item.progress_share
    lost = item.regress / 2.0 if item.regress_share is None else item.regress_share
    return won - lost
