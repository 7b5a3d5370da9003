from __future__ import annotations

import email.utils

import pytest

from empa_graph.errors import ProviderError, TransientError
from empa_graph.llm.faults import Call, fault, one_line

CALL = Call("m", "http://host/v1", ("sk-secret",))


class Response:
    def __init__(self, headers: dict[str, str]) -> None:
        self.headers = headers
        self.status_code = 429


class ForeignError(Exception):
    """An error of an SDK we do not know, with the shape they share."""

    def __init__(self, message: str, status: int, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status_code = status
        self.response = Response(headers or {})


def test_a_foreign_sdk_error_is_read_by_its_status():
    found = fault(ForeignError("overloaded\nsk-secret", 529), CALL)
    assert isinstance(found, TransientError) and found.kind == "server_error"
    assert "sk-secret" not in str(found) and "\n" not in str(found)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("3", 3),
        ("-1", 0),
        ("nan", 0),
        ("inf", 0),
        ("soon", 0),
        ("", 0),
        (email.utils.formatdate(4e9), 120),
        ("500", 120),
    ],
)
def test_retry_after_is_seconds_or_a_date_within_two_minutes(header: str, seconds: float):
    found = fault(ForeignError("wait", 429, {"retry-after": header}), CALL)
    assert isinstance(found, TransientError) and found.retry_after == seconds


def test_an_error_without_a_status_is_read_by_its_causes():
    assert fault(ConnectionRefusedError(), CALL).kind == "unreachable"
    assert fault(ConnectionResetError(), CALL).kind == "dropped"
    assert fault(TimeoutError(), CALL).kind == "timeout"
    other = fault(ValueError("odd"), CALL)
    assert type(other) is ProviderError and "ValueError: odd" in str(other)


def test_a_fault_of_ours_stays_as_it_is():
    ours = ProviderError("x", kind="oversize")
    assert fault(ours, CALL) is ours


def test_a_long_text_becomes_one_short_printable_line():
    line = one_line("a\x1b[31m\n\tb" + "c" * 900, CALL)
    assert len(line) == 300 and line.startswith("a?[31m b") and line.endswith("...")


@pytest.mark.parametrize(
    ("said", "status", "kind"),
    [
        ("Your credit balance is too low to access the API", 400, "quota"),
        ("Insufficient Balance", 402, "quota"),
        ("prompt is too long: 210000 tokens > 200000 maximum", 400, "context_overflow"),
    ],
)
def test_services_say_in_their_own_words_that_money_or_room_is_used_up(said: str, status: int, kind: str):
    found = fault(ForeignError(said, status), CALL)
    assert (type(found), found.kind) == (ProviderError, kind)


def test_the_password_of_a_proxy_is_hidden():
    assert one_line("407, url='http://me:pa55@proxy:3128/'", CALL) == "407, url='http://[key]@proxy:3128/'"


@pytest.mark.parametrize("header", ["Fri, 31 Dec 999999 23:59:59 GMT", "Mon, 99 Foo 0000 99:99:99", "1e999", "9" * 400])
def test_a_date_that_no_calendar_has_is_no_wait(header: str):
    found = fault(ForeignError("wait", 429, {"retry-after": header}), CALL)
    assert isinstance(found, TransientError) and found.retry_after in (0, 120)
