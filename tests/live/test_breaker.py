from __future__ import annotations

import pytest

from empa_graph.errors import UsageError
from empa_graph.live.breaker import CircuitBreaker


class Hand:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def broken(clock: Hand) -> CircuitBreaker:
    breaker = CircuitBreaker(failures=2, reset=10.0, clock=clock)
    breaker.failed()
    breaker.failed()
    return breaker


def test_it_opens_after_so_many_failures_in_a_row():
    breaker = CircuitBreaker(failures=2, reset=10.0, clock=Hand())
    breaker.failed()
    breaker.succeeded()
    breaker.failed()
    assert (breaker.circuit, breaker.allows()) == ("closed", True)
    breaker.failed()
    assert (breaker.circuit, breaker.allows()) == ("open", False)


def test_after_the_reset_time_one_trial_is_let_through():
    clock = Hand()
    breaker = broken(clock)
    clock.now = 10.0
    assert breaker.circuit == "half_open"
    assert [breaker.allows(), breaker.allows()] == [True, False]


def test_a_trial_that_succeeds_closes_it_and_one_that_fails_opens_it_again():
    clock = Hand()
    breaker = broken(clock)
    clock.now = 10.0
    assert breaker.allows()
    breaker.failed()
    clock.now = 19.0
    assert breaker.circuit == "open"
    clock.now = 20.0
    assert breaker.allows()
    breaker.succeeded()
    assert breaker.circuit == "closed"


def test_a_trial_that_never_reports_back_does_not_keep_it_shut():
    clock = Hand()
    breaker = broken(clock)
    clock.now = 10.0
    breaker.allows()
    clock.now = 20.0
    assert breaker.allows()


def test_a_breaker_without_failures_is_refused():
    with pytest.raises(UsageError, match="0 failures"):
        CircuitBreaker(failures=0, reset=1.0, clock=Hand())
