from __future__ import annotations

import socket

import pytest

from empa_graph.errors import UsageError
from empa_graph.llm import check_reachable, probe, resolve_chat
from empa_graph.llm.endpoint import is_loopback, shown
from tests.stub_server import StubServer

SECRET = "s3cret-w0rd"


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


@pytest.mark.parametrize(
    "url",
    [
        f"http://host:8000/v1?key={SECRET}",
        f"http://host:8000/v1#{SECRET}",
        f"http://host:8000?{SECRET}",
        f"http://me:{SECRET}@host:8000/v1",
        f"http://{SECRET}@host/v1?x",
        f"http://me:pa/{SECRET}@host/v1",
        f"http://me:pa?{SECRET}@host/v1",
        f"https:///v1?key={SECRET}",
        f"htp://me:{SECRET}@host",
        f"me:{SECRET}@host/v1",
        f"host:8000/v1?key={SECRET}",
        f"http://host:port/v1?key={SECRET}",
        f"http://[::1/v1?key={SECRET}",
    ],
)
def test_a_base_url_with_room_for_a_secret_is_refused_in_one_line_without_it(url: str):
    with pytest.raises(UsageError) as caught:
        resolve_chat("m", base_url=url)
    assert SECRET not in str(caught.value) and "\n" not in str(caught.value)


def test_a_base_url_with_a_query_is_told_what_is_allowed():
    with pytest.raises(UsageError) as caught:
        resolve_chat("m", base_url=f"http://host:8000/v1/?key={SECRET}")
    told = "base URL http://host:8000/v1/: no place for a '?' and what follows; a key is given apart"
    assert str(caught.value) == told
