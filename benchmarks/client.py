"""CPU milliseconds per model call: stock ChatOpenAI against empa_graph.llm, on a server that answers at once.

The server runs in another process, so only the client's CPU is counted. Run: python benchmarks/client.py
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import platform
import time
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from multiprocessing.connection import Connection
from pathlib import Path

from pydantic import BaseModel, SecretStr

from empa_graph.llm import Prompt, resolve_chat

SIZES = (2, 20, 200)
ROUNDS = 5
CALLS = {2: 60, 20: 40, 200: 15}
BURST = 300
RESULT = Path(__file__).parent / "results" / "client.json"
Call = Callable[[], Awaitable[object]]


class Mood(BaseModel):
    mood: str
    why: str


BODY = json.dumps(
    {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "stub",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": '{"mood": "calm", "why": "heard"}'},
                "finish_reason": "stop",
            }
        ],
        "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2},
    }
).encode()
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            await reader.readexactly(int(head.split(b"content-length:")[1].split(b"\r\n")[0]))
            writer.write(ANSWER)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def serve(port: Connection) -> None:
    async def main() -> None:
        server = await asyncio.start_server(_answer, "127.0.0.1", 0, backlog=2_048)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


def clients(url: str, size: int) -> tuple[dict[str, Call], Callable[[], Awaitable[None]]]:
    """Return one call per client over ``size`` messages of 200 characters, and a function that closes them."""
    from langchain_core.messages import AIMessage, BaseMessage, HumanMessage
    from langchain_openai import ChatOpenAI

    texts = [("word " * 40) + str(i) for i in range(size)]
    prompts = [Prompt(role=("user", "assistant")[i % 2], content=text) for i, text in enumerate(texts)]
    stock = ChatOpenAI(model="stub", base_url=url, api_key=SecretStr("k"), temperature=0, max_retries=0)
    bound = stock.with_structured_output(Mood, method="json_schema", include_raw=True)
    ours = resolve_chat("stub", base_url=url)

    def messages() -> list[BaseMessage]:
        return [(HumanMessage, AIMessage)[i % 2](text) for i, text in enumerate(texts)]

    calls: dict[str, Call] = {
        "ChatOpenAI.ainvoke": lambda: stock.ainvoke(messages()),
        "ours": lambda: ours.complete(prompts),
        "ChatOpenAI.with_structured_output": lambda: bound.ainvoke(messages()),
        "ours with schema": lambda: ours.complete(prompts, schema=Mood),
    }

    # Not the stock client: langchain-openai shares it between all ChatOpenAI of a process.
    return calls, ours.aclose


async def cpu_ms(call: Call, number: int) -> float:
    start = time.process_time()
    for _ in range(number):
        await call()
    return (time.process_time() - start) / number * 1_000


async def burst(call: Call) -> tuple[float, int]:
    """Return wall seconds and errors of BURST calls at once."""
    start = time.perf_counter()
    done = await asyncio.gather(*(call() for _ in range(BURST)), return_exceptions=True)
    return time.perf_counter() - start, sum(isinstance(answer, BaseException) for answer in done)


async def measure(url: str) -> dict[str, dict[str, float]]:
    table: dict[str, dict[str, float]] = {}
    for size in SIZES:
        calls, close = clients(url, size)
        for call in calls.values():
            await call()
        # Clients take turns, so that a slow moment of the machine hits all of them; the best round counts.
        rounds = [{name: await cpu_ms(call, CALLS[size]) for name, call in calls.items()} for _ in range(ROUNDS)]
        for name in calls:
            table.setdefault(name, {})[f"{size}"] = min(row[name] for row in rounds)
        if size == 20:
            for name in ("ChatOpenAI.ainvoke", "ours"):
                seconds, errors = await burst(calls[name])
                table[name] |= {"burst_seconds": seconds, "burst_errors": errors}
        await close()
    return table


def show(table: dict[str, dict[str, float]]) -> None:
    print(f"{'CPU ms per call':36}" + "".join(f"{f'{size} messages':>14}" for size in SIZES))
    for name, row in table.items():
        print(f"{name:36}" + "".join(f"{row[str(size)]:14.2f}" for size in SIZES))
    for stock, ours in (
        ("ChatOpenAI.ainvoke", "ours"),
        ("ChatOpenAI.with_structured_output", "ours with schema"),
    ):
        ratios = "".join(f"{table[stock][str(size)] / table[ours][str(size)]:13.1f}x" for size in SIZES)
        print(f"{f'  ratio to {ours}':36}{ratios}")
    slope = (table["ours"]["200"] - table["ours"]["20"]) / 180 * 1_000
    print(f"ours: {slope:.1f} us more per further message")
    for name in ("ChatOpenAI.ainvoke", "ours"):
        row = table[name]
        print(f"{name}: {BURST} calls at once in {row['burst_seconds']:.2f} s, {row['burst_errors']:.0f} errors")


def main() -> None:
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe()
    server = context.Process(target=serve, args=(there,), daemon=True)
    server.start()
    try:
        table = asyncio.run(measure(f"http://127.0.0.1:{here.recv()}/v1"))
    finally:
        server.terminate()
    show(table)
    about = {name: version(name) for name in ("openai", "langchain-openai", "aiohttp")}
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    RESULT.write_text(
        json.dumps({"python": platform.python_version(), "versions": about, "cpu_ms": table}, indent=1) + "\n"
    )


if __name__ == "__main__":
    main()
