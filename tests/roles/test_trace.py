from __future__ import annotations

import json
import re

from empa_graph.roles.trace import LONGEST_TRACE, LONGEST_WORDS, told, trace

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


def raised(error: Exception, cause: Exception | None = None) -> BaseException:
    try:
        raise error from cause
    except type(error) as found:
        return found


def test_what_is_told_of_an_exception_is_its_kind_its_place_and_its_words():
    assert re.fullmatch(r"ValueError at \S*test_trace\.py:\d+: no such user", told(raised(ValueError("no such user"))))


def test_the_place_is_that_of_the_authors_code_where_a_library_raised():
    try:
        json.loads("{")
    except ValueError as error:
        found = told(error)
    assert re.match(r"JSONDecodeError at \S*test_trace\.py:\d+: Expecting property name", found)


def test_an_exception_without_words_is_told_by_those_of_its_cause():
    found = told(raised(RuntimeError(), raised(ValueError("quota exceeded"))))
    assert re.fullmatch(r"RuntimeError from ValueError at \S+:\d+: quota exceeded", found)


def test_what_an_exception_says_is_one_line_of_limited_length_without_a_key():
    found = told(raised(ValueError(f"a\n\x1b[31mb {KEY} " + "c" * 10_000)))
    assert found.isprintable()
    assert (KEY in found, "[key]" in found) == (False, True)
    assert len(found.partition(": ")[2]) == LONGEST_WORDS


def test_half_a_key_at_the_cut_is_not_shown():
    found = told(raised(ValueError("x" * (LONGEST_WORDS - 12) + " " + KEY)))
    assert "sk-" not in found
