from __future__ import annotations

import socket

import pytest

from empa_graph.errors import UsageError
from empa_graph.llm import check_reachable, probe, resolve_chat
from empa_graph.llm.endpoint import is_loopback, shown
from tests.stub_server import StubServer


def closed_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def test_a_closed_port_is_one_line_that_names_the_url():
    url = f"http://127.0.0.1:{closed_port()}"
    with pytest.raises(UsageError) as caught:
        await check_reachable(url)
    assert str(caught.value) == f"cannot reach {url} (connection refused); is the server up?"


async def test_a_listed_model_gives_no_hint_and_another_the_nearest():
    async with StubServer(models=("llama-3-8b", "qwen-7b")) as stub:
        assert await check_reachable(stub.url, model="qwen-7b") is None
        hint = await probe(resolve_chat("lama-3-8b", base_url=stub.url))
    assert hint is not None and "'llama-3-8b'" in hint


@pytest.mark.parametrize("status", [404, 403, 500])
async def test_any_answer_counts_as_reachable(status: int):
    async with StubServer() as stub:
        stub.models_status = status
        assert await check_reachable(stub.url, model="m") is None


async def test_a_refused_key_is_said_before_the_run():
    async with StubServer() as stub:
        stub.models_status = 401
        with pytest.raises(UsageError, match="does not accept the API key") as caught:
            await check_reachable(stub.url, api_key="sk-secret")
    assert "sk-secret" not in str(caught.value)


def test_a_shown_url_has_no_password_and_loopback_is_known():
    assert shown("https://me:pw@host:8/v1?key=1") == "https://host:8/v1"
    assert [is_loopback(u) for u in ("http://127.0.0.1:1", "http://[::1]/v1", "http://10.0.0.1")] == [
        True,
        True,
        False,
    ]
