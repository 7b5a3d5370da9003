"""A director by rules: it reads numbers and names, never text, and steers the persona by one directive at most a turn.

Rules in order, the first that holds decides: end (only if it may), release a memory when the path stands still and the
person is not on guard, slow down when it runs, go back to the normal pace when it no longer does, shift a strategy that
repeats. After a directive it waits, so that what follows can be read as its effect.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from pydantic import Field

from empa_graph.models.directive import Action, Directive, Standing
from empa_graph.models.record import Record, Unit
from empa_graph.roles.director.tools import Strategy
from empa_graph.roles.views import ObserverView, ObserverWrite

OTHER: dict[str, Strategy] = {
    "elaborate": "hesitate",
    "hesitate": "elaborate",
    "deflect": "hesitate",
    "push_back": "hesitate",
    "soften": "elaborate",
}
"""What a repeated strategy is shifted to; of a withdrawal, an opening or a disclosure the person keeps charge."""


ON_GUARD = frozenset({"push_back", "deflect", "withdraw"})
"""Moves after which no memory is released: the person answers a hurt and would not follow."""


class Thresholds(Record):
    """When a rule holds. Shares are of the way from start to target, turns are judged turns unless said otherwise."""

    window: int = Field(default=3, ge=1)
    """How many of the last judged turns count as the present."""
    still: Unit = 0.05
    """Below this share of net movement the path stands still."""
    fast: Unit = 0.35
    """From this share of progress on the path runs."""
    calm: Unit = 0.15
    """Below this share of progress a slowed path no longer runs."""
    same_moves: int = Field(default=3, ge=2)
    """Person's messages in a row with one strategy that count as repetition."""
    rest: int = Field(default=2, ge=0)
    """Turns after a directive in which none is given but ``end``."""
    flat: int = Field(default=6, ge=1)
    """Judged turns of standing still after which a conversation may end."""
    end_after: int = Field(default=12, ge=1)
    """Turns before which no conversation is ended."""


DEFAULT = Thresholds()


class _Choice(NamedTuple):
    action: Action
    argument: str
    reason: str


class _Seen(NamedTuple):
    standing: Standing
    pace: str
    thresholds: Thresholds


class RuleDirector:
    """Decides by `decide`; it ends conversations only with ``may_end``, since it cannot see a crisis."""

    def __init__(self, *, name: str = "director", thresholds: Thresholds = DEFAULT, may_end: bool = False) -> None:
        self.name = name
        self._thresholds = thresholds
        self._may_end = may_end

    async def __call__(self, view: ObserverView) -> ObserverWrite:
        """Write one directive or nothing."""
        found = decide(
            view["standing"],
            view["directives"],
            author=self.name,
            thresholds=self._thresholds,
            may_end=self._may_end,
        )
        return ObserverWrite(directives=[found]) if found else ObserverWrite()


def decide(
    standing: Standing,
    directives: Sequence[Directive] = (),
    *,
    author: str = "director",
    thresholds: Thresholds = DEFAULT,
    may_end: bool = False,
) -> Directive | None:
    """Return the directive for ``standing``, or None; ``directives`` are those given so far, oldest first."""
    if standing.turn < 1:
        return None
    pace = next((d.argument for d in reversed(directives) if d.action == "change_pace"), "normal")
    seen = _Seen(standing, pace, thresholds)
    resting = bool(directives) and standing.turn - directives[-1].turn <= thresholds.rest
    rules = (*((_end,) if may_end else ()), *(() if resting else _RULES))
    choice = next((found for rule in rules if (found := rule(seen))), None)
    if choice is None:
        return None
    return Directive(turn=standing.turn, author=author, **choice._asdict())


def _end(seen: _Seen) -> _Choice | None:
    standing, limits = seen.standing, seen.thresholds
    if standing.turn < limits.end_after:
        return None
    if math.dist(standing.position, standing.target) <= standing.radius:
        return _Choice("end", "", "the target is reached")
    flat = _moved(standing, limits.flat)
    if flat is not None and flat < limits.still:
        return _Choice("end", "", f"net movement of {flat:.3f} of the way in {limits.flat} judged turns")
    return None


def _release(seen: _Seen) -> _Choice | None:
    standing, limits = seen.standing, seen.thresholds
    moved = _moved(standing, limits.window)
    guarded = bool(standing.moves) and standing.moves[-1] in ON_GUARD
    if moved is None or moved >= limits.still or guarded or not standing.untold:
        return None
    reason = f"net movement of {moved:.3f} of the way in {limits.window} judged turns"
    return _Choice("release_memory", standing.untold[0], reason)


def _slow(seen: _Seen) -> _Choice | None:
    progress = _progress(seen.standing, seen.thresholds.window)
    if progress is None or progress < seen.thresholds.fast or seen.pace == "slow":
        return None
    reason = f"progress of {progress:.3f} of the way in {seen.thresholds.window} judged turns"
    return _Choice("change_pace", "slow", reason)


def _resume(seen: _Seen) -> _Choice | None:
    progress = _progress(seen.standing, seen.thresholds.window)
    if progress is None or progress >= seen.thresholds.calm or seen.pace != "slow":
        return None
    reason = f"progress of {progress:.3f} of the way in {seen.thresholds.window} judged turns"
    return _Choice("change_pace", "normal", reason)


def _shift(seen: _Seen) -> _Choice | None:
    count = seen.thresholds.same_moves
    last = seen.standing.moves[-count:]
    if len(last) < count or len(set(last)) > 1 or last[0] not in OTHER:
        return None
    return _Choice("shift_strategy", OTHER[last[0]], f"'{last[0]}' {count} times in a row")


_RULES: tuple[Callable[[_Seen], _Choice | None], ...] = (_release, _slow, _resume, _shift)


def _moved(standing: Standing, window: int) -> float | None:
    """Return the length of the net movement over the last ``window`` judged turns, as a share of the whole way."""
    net = _net(standing, window)
    return None if net is None else math.hypot(*net) / _way(standing)


def _progress(standing: Standing, window: int) -> float | None:
    """Return how far the last ``window`` judged turns led towards the target, as a share of the whole way."""
    net = _net(standing, window)
    if net is None:
        return None
    ideal = (b - a for a, b in zip(standing.start, standing.target, strict=True))
    return sum(x * y for x, y in zip(net, ideal, strict=True)) / _way(standing) ** 2


def _net(standing: Standing, window: int) -> tuple[float, ...] | None:
    judged = [moved for moved in standing.increments if moved is not None][-window:]
    return tuple(map(math.fsum, zip(*judged, strict=True))) if len(judged) == window else None


def _way(standing: Standing) -> float:
    return math.dist(standing.start, standing.target) or standing.radius
