from __future__ import annotations

from importlib.util import find_spec

import pytest

from empa_graph.errors import MissingExtraError, ProviderError, UsageError
from empa_graph.llm import Prompt, probe, resolve_chat
from empa_graph.llm.proxy import check_proxies

ASK = [Prompt(role="user", content="Hello?")]
SOCKS = "socks5://me:secret@127.0.0.1:1080"
without_socksio = pytest.mark.skipif(find_spec("socksio") is not None, reason="the package is installed")


@pytest.fixture(autouse=True)
def _no_proxies(monkeypatch: pytest.MonkeyPatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@without_socksio
async def test_a_socks_proxy_without_its_package_is_one_line_and_our_fault(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", SOCKS)
    chat = resolve_chat("m", base_url="http://model.invalid/v1")
    with pytest.raises(MissingExtraError, match=r"ALL_PROXY is a SOCKS proxy.*pip install socksio") as said:
        await probe(chat)
    with pytest.raises(ProviderError, match="pip install socksio") as caught:
        await chat.complete(ASK)
    assert (caught.value.kind, caught.value.blame) == ("proxy", "us")
    assert "secret" not in f"{said.value}{caught.value}"


@without_socksio
def test_a_provider_that_is_asked_through_a_socks_proxy_says_the_same(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", SOCKS)
    with pytest.raises(MissingExtraError, match="pip install socksio"):
        resolve_chat("anthropic:m", base_url="http://model.invalid", api_key="k")


@pytest.mark.parametrize("url", ["gopher://127.0.0.1:70", "http://", "http://[half", "http://host:99999"])
def test_a_proxy_that_no_client_can_use_is_named_by_its_variable(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HTTPS_PROXY", url)
    with pytest.raises(UsageError, match="HTTPS_PROXY is no URL of a proxy"):
        check_proxies()


@pytest.mark.parametrize("url", ["", "127.0.0.1:8080", "http://me:pw@127.0.0.1:8080"])
def test_a_proxy_of_http_is_left_to_the_client(url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ALL_PROXY", url)
    check_proxies()
