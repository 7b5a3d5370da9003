"""What a driver and its workers say to each other: records and names, and never a key or a password."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from empa_graph.llm.location import Location
from empa_graph.models.config import RunConfig
from empa_graph.models.record import Record
from empa_graph.models.run import Run
from empa_graph.models.turn_record import TurnRecord

What = Literal["answered", "keep", "turn", "enter", "leave", "log"]
Held = Literal["slot", "key"]


class Order(Record):
    """What a worker is told before its first episode."""

    run: Run
    """The manifest, without its plan."""
    config: RunConfig
    """Of this session, without its database and its folder."""
    folder: str
    """The working folder of the driver, from which files are named."""
    here: bool
    """Whether modules are imported from there too."""
    elapsed: float
    """Seconds that the session has gone on."""


class Task(NamedTuple):
    """An episode to play, from behind its ``finished`` turns."""

    number: int
    scenario: str
    variant: str
    seed: int
    repeat: int
    instructions: str
    finished: tuple[TurnRecord, ...]


class Request(NamedTuple):
    """What a worker asks of the driver (or tells it: ``leave`` and ``log``), from where in the run."""

    id: int
    what: What
    given: tuple[Any, ...]
    location: Location | None


class Reply(NamedTuple):
    """The driver's answer to the request ``id``; its asker raises the ``error``."""

    id: int
    value: Any = None
    error: Exception | None = None


class WorkerLostError(Exception):
    """A worker has ended, or cannot be reached any more."""
