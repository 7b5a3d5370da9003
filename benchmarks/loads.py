"""What `throughput` plays: a whole run, our sandbox alone, a bare graph; and the model server they all ask."""

from __future__ import annotations

import asyncio
import gc
import json
import operator
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from pydantic import BaseModel

from empa_graph import find_scenarios, load_rubric
from empa_graph.llm import Chat, Completion, Prompt
from empa_graph.models.behaviour import BEHAVIOURS
from empa_graph.models.config import RunConfig
from empa_graph.models.dialogue import Message
from empa_graph.models.persona import Scenario
from empa_graph.models.rubric import Rubric
from empa_graph.roles.overrides import Overrides
from empa_graph.roles.views import PersonaView, PersonaWrite
from empa_graph.run.config import Prepared, prepared
from empa_graph.run.schedule import THRESHOLDS, sandbox_for
from empa_graph.run.session import Resources, RunSession
from empa_graph.store.folder import folder_url
from empa_graph.store.ledger import Store

ROLES = ("persona", "empathic", "judge")
SAID = "That sounds heavy, and you have carried it alone for long. What would help you most right now?"
CODED = {"understanding": {"evidence": "That sounds heavy", "strength": 2}}
"""What the judge codes of `SAID`; all else is 0."""
Play = Callable[["Work"], Awaitable[None]]


def body(text: str) -> bytes:
    whole = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "m",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": 500, "completion_tokens": 30, "total_tokens": 530},
    }
    sent = json.dumps(whole).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(sent) + sent


def spoken(asked: bytes) -> bytes | None:
    """Return the answer to a voice that says its line as it stands; None to a request that is no voice's."""
    if b'{\\"line\\":' not in asked:
        return None
    prompt = json.loads(asked)["messages"][-1]["content"]
    lines = [line for line in prompt.splitlines() if line.startswith('{"line":')]
    return body(json.loads(lines[-1])["line"]) if lines else None


def serve(port: Connection, latency: float) -> None:
    """Answer after ``latency`` seconds: a coding for a judge, its line for a voice, a sentence for all others."""
    judged = body(json.dumps({name: {"evidence": "", "strength": 0} for name in BEHAVIOURS} | CODED))
    said = body(SAID)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).lower()
                length = head.partition(b"content-length:")[2].partition(b"\r\n")[0]
                asked = await reader.readexactly(int(length or 0))
                await asyncio.sleep(latency)
                writer.write(judged if b'"response_format"' in asked else spoken(asked) or said)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def main() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=2_048, limit=2**20)
        port.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@dataclass(frozen=True)
class Work:
    """What one measurement plays."""

    url: str
    episodes: int
    turns: int
    concurrency: int


def endless(turns: int) -> Rubric:
    """Return the bundled rubric with episodes of exactly ``turns`` turns."""
    rubric = load_rubric()
    stop = {"min_turns": turns, "max_turns": turns, "collapse_after": max(turns, 2)}
    return rubric.model_copy(update={"stop": rubric.stop.model_copy(update=stop)})


class Talkative:
    """A person who never runs out of words, and counts letters from ``letters`` on: no text is read twice."""

    def __init__(self, letters: int, **options: object) -> None:
        """Take what a person is made with, and use none of it."""
        self._letters = letters

    async def __call__(self, view: PersonaView) -> PersonaWrite:
        turn = view["messages"][-1].turn + 1 if view["messages"] else 1
        letter = f"{self._letters + turn}th letter"
        told = f"And then there was a thing with the {letter}, which I put under the bowl with the others."
        return PersonaWrite(messages=[Message(turn=turn, speaker="persona", content=told, move="elaborate")])


@cache
def scenarios() -> list[Scenario]:
    return find_scenarios(["all"])[:10]


def ordered(work: Work, agent: str = "") -> Prepared:
    """Return the run of ``work``: models in three seats, or an ``agent`` without any."""
    chosen = scenarios()[: work.episodes]
    models = {"agent.spec": "m", "agent.base_url": work.url, "persona.voice": "m"}
    models |= {"evaluator.name": "judge", "evaluator.judges": "m"}
    settings = {"suite.repeats": -(-work.episodes // len(chosen)), "execution.concurrency": work.concurrency}
    config = RunConfig().changed({**({"agent.spec": agent} if agent else models), **settings})
    made, _ = prepared(config, given=Overrides(rubric=endless(work.turns)), scenarios=chosen, bare=True)
    return replace(made, run=made.run.model_copy(update={"plan": made.run.plan[: work.episodes]}))


async def runner(work: Work) -> None:
    played = ordered(work)
    with tempfile.TemporaryDirectory() as folder, Store.create(folder_url(Path(folder)), played.run) as store:
        await RunSession(played, store, Resources()).play()
        failed = [found.unscored for found in store.outcomes() if found.turns != work.turns]
        if failed or len(store.ended()) != work.episodes:
            raise SystemExit(f"{len(failed)} episodes did not end as they should: {failed[:1]}")
        if (calls := store.totals().calls) != len(ROLES) * work.episodes * work.turns:
            raise SystemExit(f"{calls} calls in {work.episodes * work.turns} turns: an answer was not taken")


async def bounded(play: Callable[[int], Any], work: Work) -> None:
    waiting = iter(range(work.episodes))

    async def worker() -> None:
        for number in waiting:
            await play(number)

    await asyncio.gather(*(worker() for _ in range(work.concurrency)))


async def sandbox(work: Work) -> None:
    played = ordered(work)
    seats = played.roles()
    plays = sandbox_for(played.run, "baseline", seats, played.rubric)
    by_id = {scenario.id: scenario for scenario in played.scenarios}

    async def play(number: int) -> None:
        item = played.run.plan[number]
        await plays.play(by_id[item.scenario], seed=item.seed)

    await bounded(play, work)
    await seats.aclose()


@dataclass(frozen=True)
class Recorder:
    """Passes requests on to ``chat`` and keeps them."""

    chat: Chat
    kept: list[tuple[Sequence[Prompt], type[BaseModel] | None]]

    def __getattr__(self, name: str) -> Any:
        return getattr(self.chat, name)

    async def complete(self, prompts: Sequence[Prompt], **options: Any) -> Completion:
        self.kept.append((prompts, options.get("schema")))
        return await self.chat.complete(prompts, **options)


class BareState(TypedDict):
    turn: Annotated[int, operator.add]
    texts: Annotated[list[str], operator.add]


async def recorded(work: Work) -> dict[str, Recorder]:
    """Return what every role sends in one episode."""
    played = ordered(Work(work.url, 1, work.turns, 1))
    recorders: dict[str, Recorder] = {}

    def wrap(chat: Chat, role: str) -> Chat:
        return recorders.setdefault(role, Recorder(chat, []))  # type: ignore[return-value]

    seats = played.roles(wrap=wrap)
    await sandbox_for(played.run, "baseline", seats, played.rubric).play(played.scenarios[0])
    return recorders


async def bare(work: Work) -> None:
    from langgraph.graph import END, START, StateGraph

    recorders = await recorded(work)

    def node(role: str) -> Any:
        async def ask(state: BareState) -> dict[str, object]:
            prompts, schema = recorders[role].kept[state["turn"]]
            answer = await recorders[role].chat.complete(prompts, schema=schema, seed=1)
            return {"texts": [answer.text], "turn": int(role == ROLES[-1])}

        return ask

    async def onward(state: BareState) -> Literal["persona", "__end__"]:
        return "persona" if state["turn"] < work.turns else END

    graph = StateGraph(BareState)
    for role in ROLES:
        graph.add_node(role, node(role))
    graph.add_edge(START, "persona")
    graph.add_edge("persona", "empathic")
    graph.add_edge("empathic", "judge")
    graph.add_conditional_edges("judge", onward, ["persona", END])
    compiled = graph.compile()

    async def play(number: int) -> None:
        await compiled.ainvoke({"turn": 0, "texts": []}, {"recursion_limit": 3 * work.turns + 2})

    await bounded(play, work)
    for recorder in recorders.values():
        await recorder.chat.aclose()


def tuned(play: Play) -> Play:
    """Return ``play`` with the garbage collector set as a session sets it."""

    async def work_tuned(work: Work) -> None:
        gc.set_threshold(*THRESHOLDS)
        await play(work)

    return work_tuned


PLAYS = {
    "bare": bare,
    "bare, tuned": tuned(bare),
    "sandbox": sandbox,
    "sandbox, tuned": tuned(sandbox),
    "runner": runner,
}
