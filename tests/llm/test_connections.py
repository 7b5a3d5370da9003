from __future__ import annotations

import asyncio

from empa_graph.llm import Chat, Prompt, resolve_chat
from empa_graph.llm.connections import release, shared_client
from tests.stub_server import StubServer, held, stub_in_thread

HELLO = [Prompt(role="user", content="Hello?")]


def chats(url: str, *models: str, key: str = "k") -> list[Chat]:
    return [resolve_chat(f"openai:{model}", base_url=url, api_key=key) for model in models]


async def test_models_of_one_server_and_key_share_their_connections():
    async with StubServer() as stub:
        several = chats(stub.url, "one", "two", "three")
        for chat in several * 2:
            await chat.complete(HELLO)
        for chat in several:
            await chat.aclose()
    assert len(stub.connections) == 1
    assert [request["model"] for request in stub.requests] == ["one", "two", "three"] * 2


async def test_another_key_has_connections_of_its_own():
    async with StubServer() as stub:
        several = [*chats(stub.url, "m", key="first"), *chats(stub.url, "m", key="second")]
        for chat in several:
            await chat.complete(HELLO)
            await chat.complete(HELLO)
        for chat in several:
            await chat.aclose()
    assert len(stub.connections) == 2 and stub.keys == ["first", "first", "second", "second"]


async def test_closing_one_chat_leaves_a_call_of_another_alone():
    async with StubServer("Hi.", "Hi.", held(4)) as stub:
        first, second = chats(stub.url, "one", "two")
        await first.complete(HELLO)
        await second.complete(HELLO)
        call = asyncio.create_task(second.complete(HELLO))
        await stub.until(3)
        await first.aclose()
        await second.complete(HELLO)
        assert (await call).text == "late"
        await second.aclose()


async def test_the_last_to_release_closes_and_a_later_chat_opens_anew():
    async with StubServer() as stub:
        first, second = chats(stub.url, "one", "two")
        await first.complete(HELLO)
        await second.complete(HELLO)
        client = shared_client(stub.url, "k")
        await release(client)
        await first.aclose()
        await first.aclose()
        assert not client.closed
        await second.aclose()
        assert client.closed
        await first.complete(HELLO)
        await first.aclose()
    assert len(stub.connections) == 2


def test_every_event_loop_has_its_own_connections_and_closes_them_at_its_end():
    async def both(several: list[Chat]) -> None:
        await asyncio.gather(*(chat.complete(HELLO) for chat in several))

    with stub_in_thread() as stub:
        several = chats(stub.url, "one", "two")
        for _ in range(3):
            asyncio.run(both(several))
    assert stub.count == 6 and len(stub.connections) >= 3
