"""What a server is sent beside the request: its own key, and nothing that the environment holds for another."""

from __future__ import annotations

from pathlib import Path

import pytest

from empa_graph.errors import ProviderError
from empa_graph.llm import Prompt, check_reachable, probe, resolve_chat
from tests.stub_server import Canned, StubServer, messaged, said

KEY = "the-key-of-this-server"
MINE = "mine-and-nobody-elses"
ASK = [Prompt(role="user", content="Hello?")]
HEADERS = f"Authorization: Bearer {MINE}\nX-Team: {MINE}\nUser-Agent: {MINE}\nHost: {MINE}\nx-api-key: {MINE}"
OF_OPENAI = {
    "OPENAI_API_KEY": MINE,
    "OPENAI_ADMIN_KEY": MINE,
    "OPENAI_ORG_ID": MINE,
    "OPENAI_ORGANIZATION": MINE,
    "OPENAI_PROJECT_ID": MINE,
    "OPENAI_WEBHOOK_SECRET": MINE,
    "OPENAI_CUSTOM_HEADERS": HEADERS,
    "LANGSMITH_API_KEY": MINE,
    "LANGSMITH_GATEWAY_API_KEY": MINE,
}
OF_ANTHROPIC = {"ANTHROPIC_AUTH_TOKEN": MINE, "ANTHROPIC_CUSTOM_HEADERS": HEADERS}
SPECS = ["stub-model", "openai:stub-model", "deepseek:stub-model", "anthropic:stub-model"]


def hello(spec: str) -> Canned:
    return messaged("Hi.") if spec.startswith("anthropic") else said("Hi.")


@pytest.fixture
def full(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**OF_OPENAI, **OF_ANTHROPIC}.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("spec", SPECS)
async def test_a_server_of_ones_own_is_sent_its_key_and_nothing_of_the_environment(spec: str):
    async with StubServer(hello(spec)) as stub:
        chat = resolve_chat(spec, base_url=stub.url, api_key=KEY)
        await probe(chat)
        await chat.complete(ASK)
        await chat.aclose()
    assert stub.headers and MINE not in "".join(stub.headers)
    assert stub.keys == [KEY]


@pytest.mark.usefixtures("full")
@pytest.mark.parametrize("spec", SPECS)
async def test_a_server_without_a_key_is_sent_none_of_the_environment(spec: str):
    async with StubServer(hello(spec)) as stub:
        chat = resolve_chat(spec, base_url=stub.url)
        await chat.complete(ASK)
        await chat.aclose()
    assert MINE not in "".join(stub.headers)


@pytest.mark.usefixtures("full")
async def test_another_provider_at_its_own_place_is_sent_nothing_of_openai(monkeypatch: pytest.MonkeyPatch):
    async with StubServer("Hi.") as stub:
        monkeypatch.setenv("DEEPSEEK_API_BASE", stub.url)
        await resolve_chat("deepseek:stub-model", api_key=KEY).complete(ASK)
    assert stub.keys == [KEY] and MINE not in "".join(stub.headers)


async def test_a_provider_is_sent_its_own_custom_headers_at_its_own_place(
    monkeypatch: pytest.MonkeyPatch,
):
    async with StubServer(messaged("Hi.")) as stub:
        monkeypatch.setenv("ANTHROPIC_BASE_URL", stub.url.removesuffix("/v1"))
        monkeypatch.setenv("ANTHROPIC_CUSTOM_HEADERS", "X-Team: ours")
        await resolve_chat("anthropic:stub-model", api_key=KEY).complete(ASK)
    assert "'X-Team': 'ours'" in stub.headers[0]


@pytest.mark.parametrize("key", [None, KEY])
async def test_what_netrc_holds_is_not_sent_when_a_server_is_looked_at(
    key: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    (tmp_path / "netrc").write_text(f"machine model.example login me password {MINE}\n")
    async with StubServer() as stub:
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        monkeypatch.setenv("HTTP_PROXY", stub.url.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        assert await check_reachable("http://model.example/v1", api_key=key) is None
    (sent,) = stub.headers
    assert "Basic" not in sent and "model.example" in sent


@pytest.mark.parametrize("spec", SPECS)
@pytest.mark.parametrize("status", [302, 307, 308])
async def test_a_redirect_is_not_followed_with_the_key_and_the_words(spec: str, status: int):
    async with StubServer(hello(spec)) as other:
        moved = Canned("{}", status=status, headers={"Location": f"{other.url}/chat/completions?key=s3cret-word"})
        async with StubServer(moved) as stub:
            chat = resolve_chat(spec, base_url=stub.url, api_key=KEY)
            with pytest.raises(ProviderError, match=f"answered {status}: it redirects to {other.url}") as caught:
                await chat.complete(ASK)
            await chat.aclose()
    assert (other.headers, caught.value.kind) == ([], "redirected")
    assert "s3cret-word" not in str(caught.value)
