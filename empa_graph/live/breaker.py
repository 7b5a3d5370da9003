"""A circuit breaker: after failures in a row nothing is asked for a while, then one trial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from empa_graph.errors import UsageError

Circuit = Literal["closed", "open", "half_open"]


class CircuitBreaker:
    """Opens after ``failures`` in a row; ``reset`` seconds later one trial decides. ``clock`` gives seconds.

    A trial that never reports back counts as lost after another ``reset`` seconds. Raises UsageError for fewer than 1
    failure or a negative time.
    """

    def __init__(self, *, failures: int, reset: float, clock: Callable[[], float]) -> None:
        if failures < 1 or reset < 0:
            raise UsageError(f"a breaker of {failures} failures and {reset:g} s; allowed are 1 or more and 0 or more")
        self._failures, self._reset, self._clock = failures, reset, clock
        self._in_a_row = 0
        self._shut_until = 0.0
        """Until when nothing is asked, while there were too many failures."""

    @property
    def circuit(self) -> Circuit:
        """How it stands now."""
        if self._in_a_row < self._failures:
            return "closed"
        return "open" if self._clock() < self._shut_until else "half_open"

    def allows(self) -> bool:
        """Say whether to ask now; in the half-open state this takes the one trial."""
        circuit = self.circuit
        if circuit == "half_open":
            self._shut_until = self._clock() + self._reset
        return circuit != "open"

    def succeeded(self) -> None:
        """Close the circuit."""
        self._in_a_row = 0

    def failed(self) -> None:
        """Count a failure; at the limit, open."""
        self._in_a_row += 1
        if self._in_a_row >= self._failures:
            self._shut_until = self._clock() + self._reset
