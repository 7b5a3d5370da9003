from __future__ import annotations

from empa_graph.roles.trace import LONGEST_TRACE, trace

KEY = "sk-" + "a" * 20


def failing(depth: int) -> None:
    if depth:
        failing(depth - 1)
    raise ValueError("what the person said")


def caught(depth: int = 0) -> BaseException:
    try:
        failing(depth)
    except ValueError as error:
        wrapped = RuntimeError("it raised")
        wrapped.__cause__ = error
        return wrapped
    raise AssertionError


def test_a_traceback_names_place_code_and_kind_of_the_cause_and_not_its_words():
    found = trace(caught())
    assert "test_trace.py:" in found
    assert 'failing: raise ValueError("what the person said")' in found
    assert found.endswith("ValueError\nRuntimeError")


def test_a_long_traceback_keeps_its_end():
    found = trace(caught(300))
    assert len(found) == LONGEST_TRACE
    assert found.endswith("RuntimeError")


def test_a_key_in_the_code_is_not_shown():
    try:
        raise ValueError("sk-aaaaaaaaaaaaaaaaaaaa")
    except ValueError as error:
        assert KEY not in trace(error)
        assert "[key]" in trace(error)
