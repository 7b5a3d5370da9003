from __future__ import annotations

import asyncio
import socket

import pytest

from empa_graph.errors import UsageError
from empa_graph.testing.blocked import Guard, OfflineError
from empa_graph.testing.empathy import Empathy


@pytest.mark.parametrize("host", ["example.invalid", "192.0.2.1", "2001:db8::1", "0.0.0.0", "127.0.0.1.invalid"])
def test_a_look_up_beyond_this_machine_is_refused_and_remembered(host: str):
    guard = Guard()
    with pytest.raises(UsageError, match="only loopback is allowed"), guard, pytest.raises(OfflineError):
        socket.getaddrinfo(host, 80)
    assert guard.attempts == [host]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_is_left_alone(host: str):
    with Guard() as guard:
        socket.getaddrinfo(host, 80)
    assert guard.attempts == []


def test_a_connection_by_address_is_refused(socket_enabled: None):
    with (
        pytest.raises(UsageError, match=r"192\.0\.2\.1"),
        Guard(),
        socket.socket() as line,
        pytest.raises(OfflineError),
    ):
        line.connect(("192.0.2.1", 80))


async def test_a_connection_of_an_event_loop_is_refused():
    with pytest.raises(UsageError, match=r"example\.invalid"), Guard(), pytest.raises(OfflineError):
        await asyncio.open_connection("example.invalid", 80)


def test_behind_the_block_nothing_is_refused():
    with Guard():
        pass
    with Guard(active=False) as idle, pytest.raises(OSError):
        socket.getaddrinfo("example.invalid", 80)
    assert idle.attempts == []


def test_an_agent_that_hides_its_attempt_is_found_out():
    def sly(messages: list[dict[str, str]]) -> str:
        try:
            socket.getaddrinfo("example.invalid", 443)
        except Exception:  # noqa: BLE001  # an agent that hides its failures
            return "I hear you."
        return "I hear you."

    with pytest.raises(UsageError, match=r"the agent tried to reach example\.invalid"):
        Empathy(defaults={"max_turns": 1}, offline=True, kept=[]).play(sly, "exam_student/reduce_stress")
