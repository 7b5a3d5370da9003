"""Small entries for tests of the store, and a way round it into its tables."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine, event

from empa_graph.models.assessment import Assessment, Item
from empa_graph.models.behaviour import Code
from empa_graph.models.dialogue import Message, Usage
from empa_graph.models.directive import Directive
from empa_graph.models.episode import Episode, Note, PersonaState
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState, Step
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.store.ledger import Store
from empa_graph.store.records import CallEntry, Closing, Entry, SessionEntry
from tests.records import episode, run

ODD = 'a "quoted" \\ line\nwith \0, =1+1, \u2028 and \U0001f642'
ITEMS = (
    Item(dimension="calm", progress=1, progress_evidence=ODD, regress=0, progress_share=0.3125),
    Item(dimension="trust", progress=0, regress=2, regress_evidence="evening", regress_serves="values"),
)


def step(turn: int, **changes: Any) -> Step:
    codes = (Code(behaviour="validating", strength=1.25, evidence=ODD),)
    assessment = Assessment(evaluator="cues", items=ITEMS, codes=codes, fit=0.75, model="judge-1")
    return Step(**{"turn": turn, "increment": (0.1, -0.05), "assessment": assessment, **changes})


def missing(turn: int) -> Step:
    failure = Failure(turn=turn, blame="evaluator", kind="judge_invalid", detail=ODD)
    return Step(turn=turn, increment=None, failure=failure, usage=Usage(tokens_in=5))


def said(turn: int, reply: str = ODD) -> tuple[Message, ...]:
    usage = Usage(tokens_in=10, tokens_out=3)
    return (
        Message(turn=turn, speaker="persona", content=f"Hello {turn}.", move="open"),
        Message(turn=turn, speaker="empathic", content=reply, model="m-1", finish_reason="stop", usage=usage),
    )


def turn(number: int, at: int, **changes: Any) -> TurnRecord:
    fields: dict[str, Any] = {
        "episode": number,
        "turn": at,
        "messages": said(at),
        "step": step(at),
        "persona_state": PersonaState(trust=0.2, openness=0.1, told=("beat",), heard={"warmth": at}),
        "notes": (Note(author="watcher", turn=99, content="noted"),),
        "directives": (Directive(turn=at, author="director", action="end", reason="enough"),),
    }
    return TurnRecord(**{**fields, **changes})


def played(turns: list[TurnRecord], **changes: Any) -> Episode:
    latent = LatentState.opening(dimensions=("calm", "trust"), start=(0.0, 0.0), target=(0.6, 0.2), radius=0.3)
    for record in turns:
        latent = latent.extended(record.step)
    fields: dict[str, Any] = {
        "messages": tuple(message for record in turns for message in record.messages),
        "notes": tuple(note for record in turns for note in record.notes),
        "directives": tuple(directive for record in turns for directive in record.directives),
        "latent": latent,
        "persona_state": turns[-1].persona_state,
    }
    return episode(**{**fields, **changes})


def call(**changes: Any) -> ModelCall:
    fields: dict[str, Any] = {
        "episode": 0,
        "turn": 1,
        "role": "judge",
        "model": "judge-1",
        "endpoint": "http://127.0.0.1:1/v1",
        "answered_by": "judge-1-0101",
        "parameters": {"temperature": 0.0, "max_tokens": 60, "seed": None},
        "prompt_hash": "ab" * 32,
        "prompt_characters": 100,
        "usage": Usage(tokens_in=10, tokens_cached=4, tokens_out=2),
        "latency": 0.25,
        "attempt": 1,
        "cost": 0.5,
        "finish_reason": "stop",
    }
    return ModelCall(**{**fields, **changes})


def entries() -> list[Entry]:
    """One of every kind: an ended episode with a missing judgement, one still open, calls, an answer, a session."""
    turns = [turn(0, 1), turn(0, 2, step=missing(2))]
    return [
        CallEntry(call=call(), key="k1", answer='{"text": "yes"}'),
        *turns,
        Closing(number=0, episode=played(turns)),
        turn(1, 1),
        CallEntry(call=call(failure="timeout", usage=None, cost=None, answered_by=None)),
        SessionEntry(began="2026-01-01T00:00:00+00:00", seconds=2.5),
    ]


def filled(url: str) -> Store:
    store = Store.create(url, run())
    store.append(entries())
    return store


def raw(url: str) -> Engine:
    """Connect as anybody could: no foreign keys are kept, and no chain."""
    engine = create_engine(url)
    if engine.dialect.name == "postgresql":
        event.listen(engine, "connect", lambda connection, _: _loose(connection))
    return engine


def _loose(connection: Any) -> None:
    connection.execute("SET session_replication_role = replica")
    connection.commit()


def write(url: str) -> None:
    """Write turns for as long as it may, and say each that is durable."""
    store = Store.open(url, writing=True)
    for at in range(1, 1_000_000):
        store.append([turn(number, at) for number in range(3)])
        print(at, flush=True)  # noqa: T201  # what the test knows of it


def begun(store: Store) -> set[int]:
    """Return the numbers of the episodes that have turns and no end."""
    return {number for number, tally in store.tallies().items() if tally is not None}
