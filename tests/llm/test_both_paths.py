"""A server that speaks OpenAI's language is asked by our own client; LangChain's makes the same of its answers."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, strategies as st
from langchain_openai import ChatOpenAI
from pydantic import BaseModel, SecretStr

from empa_graph.errors import ProviderError
from empa_graph.llm import Chat, ChatParameters, Completion, Prompt, resolve_chat
from empa_graph.llm.langchain_chat import LangChainChat
from empa_graph.llm.openai_chat import encoded
from empa_graph.llm.refused import RefusedFields
from tests.stub_server import Canned, StubServer, dropped, failed, no_choices, null_content, prose, said, slow

KEY = "sk-very-secret-key"
HELLO = [Prompt(role="system", content="Be kind."), Prompt(role="user", content="Hello? \u00e9\U0001f600")]
TIMEOUT = 0.4


class Mood(BaseModel, extra="forbid"):
    mood: str


def both(url: str) -> tuple[Chat, Chat]:
    parameters = ChatParameters(timeout=TIMEOUT)
    model = ChatOpenAI(
        model="stub-model",
        base_url=url,
        api_key=SecretStr(KEY),
        temperature=0.0,
        max_completion_tokens=256,
        max_retries=0,
        timeout=TIMEOUT,
    )
    given = {"base_url": url, "api_key": KEY, "parameters": parameters}
    own = resolve_chat("openai:stub-model", **given, refused=RefusedFields())  # type: ignore[arg-type]
    return own, LangChainChat("openai:stub-model", model, url=url, secrets=[KEY], parameters=parameters)


async def made_of(chat: Chat, **given: object) -> tuple[object, ...]:
    """Return what ``chat`` makes of its server's answer: the answer, or the failure without its words."""
    try:
        found: Completion = await chat.complete(HELLO, **given)  # type: ignore[arg-type]
    except ProviderError as error:
        assert KEY not in str(error)
        return type(error), error.kind, error.blame, getattr(error, "retry_after", None)
    finally:
        await chat.aclose()
    usage = found.usage and (found.usage.tokens_in, found.usage.tokens_out, found.usage.tokens_cached)
    return found.text, found.finish_reason, found.model, usage, found.calls


def reasoned(text: str | None) -> Canned:
    body = json.loads(said(text, finish_reason="stop" if text else "length").body)
    body["choices"][0]["message"]["reasoning_content"] = "Let me think."
    body["usage"] |= {"prompt_tokens_details": {"cached_tokens": 5}}
    return Canned(json.dumps(body))


SWEEP = {
    "an answer": said("Hi."),
    "cut off": said("Hi", finish_reason="length"),
    "an empty text": said(""),
    "reasoning beside": reasoned("Hi."),
    "a refusal": said(None, refusal="I will not."),
    "filtered": null_content(),
    "prose": prose(),
    "an error with 200": Canned(json.dumps({"error": {"message": "overloaded", "code": 529}})),
    "500": failed(500),
    "502 in prose": Canned("<html>Bad gateway</html>", status=502),
    "503 with a time": failed(503, retry_after=3),
    "429": failed(429),
    "429 with a time": failed(429, retry_after=7),
    "429 with a late time": failed(429, retry_after=9_999),
    "429 with a date": failed(429, retry_after="Mon, 01 Jan 2001 00:00:00 GMT"),
    "no quota": failed(429, "You exceeded your quota", code="insufficient_quota"),
    "401": failed(401, f"bad key {KEY}"),
    "403": failed(403),
    "404": failed(404, "no such model"),
    "400": failed(400, "odd"),
    "400 and no body": Canned("", status=400),
    "too long": failed(400, "too long", code="context_length_exceeded"),
    "filter": failed(400, "no", code="content_filter"),
    "a refused temperature": failed(400, "Unsupported parameter: temperature"),
    "dropped": dropped(),
    "cut": replace(said("Hi. " * 50), cut=60),
    "late": slow(20),
}


@pytest.mark.parametrize("name", SWEEP)
async def test_both_make_the_same_of_an_answer(name: str):
    found = []
    for place in range(2):
        async with StubServer(SWEEP[name]) as stub:
            found.append(await made_of(both(stub.url)[place]))
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("answer", "own", "langchain"),
    [(null_content("stop"), "no_content", ""), (no_choices(), "bad_answer", "provider_error")],
    ids=["null for a text", "no choices"],
)
async def test_what_langchain_does_not_hand_on_our_own_client_names(answer: Canned, own: str, langchain: str):
    for place, expected in enumerate((own, langchain)):
        async with StubServer(answer) as stub:
            found = await made_of(both(stub.url)[place])
        assert expected in (found[0], found[1])


async def test_both_read_the_same_judgement_and_offer_the_same_schema():
    sent = []
    for place in range(2):
        async with StubServer(said('{"mood": "calm"}')) as stub:
            chat = both(stub.url)[place]
            sent.append((await chat.complete(HELLO, schema=Mood)).text)
            await chat.aclose()
            sent.append(stub.requests[0]["messages"])
    assert json.loads(sent[0]) == json.loads(sent[2]) and sent[1] == sent[3]


async def test_both_send_the_same_plain_request():
    bodies = []
    for place in range(2):
        async with StubServer("Hi.") as stub:
            await made_of(both(stub.url)[place])
            bodies.append(stub.requests[0])
    own, langchain = bodies
    langchain["max_tokens"] = langchain.pop("max_completion_tokens", langchain.get("max_tokens"))
    assert own == {name: value for name, value in langchain.items() if name != "stream"}


@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=6))
def test_a_body_is_the_json_of_its_messages_in_any_script(texts: list[str]):
    body: dict[str, object] = {"model": "m", "messages": [{"role": "user", "content": text} for text in texts]}
    assert json.loads(encoded(body).decode("utf-8")) == body


async def test_a_key_that_no_header_can_hold_is_refused_and_not_repeated():
    chat = resolve_chat("m", base_url="http://127.0.0.1:9/v1", api_key="sk-secret\r\nX-Other: 1")
    with pytest.raises(ProviderError, match="cannot be sent") as caught:
        await chat.complete(HELLO)
    assert "sk-secret" not in str(caught.value) and caught.value.blame == "us"


async def test_a_cookie_that_a_server_sets_is_not_sent_back():
    async with StubServer(replace(said("Hi."), headers={"Set-Cookie": "who=me"})) as stub:
        chat = both(stub.url)[0]
        await chat.complete(HELLO)
        await chat.complete(HELLO)
        await chat.aclose()
    assert "who=me" not in "".join(stub.headers)


async def test_openai_alone_is_sent_what_its_variables_hold(monkeypatch: pytest.MonkeyPatch):
    from empa_graph.llm.connections import request_headers
    from empa_graph.llm.endpoint import OPENAI_URL

    for name in ("OPENAI_ORG_ID", "OPENAI_PROJECT_ID"):
        monkeypatch.setenv(name, f"my-{name}")
    monkeypatch.setenv("OPENAI_CUSTOM_HEADERS", "X-Team: ours\nnonsense")
    sent = request_headers(OPENAI_URL, "k")
    assert sent["OpenAI-Organization"] == "my-OPENAI_ORG_ID" and sent["OpenAI-Project"] == "my-OPENAI_PROJECT_ID"
    assert sent["X-Team"] == "ours" and sent["Authorization"] == "Bearer k"
    assert not any("my-" in value for value in request_headers(f"{OPENAI_URL}x", "k").values())
