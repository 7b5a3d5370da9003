"""What a store takes in, as rows, and the records that are read back from them; what was written reads back equal."""

from __future__ import annotations

import json
from collections.abc import MutableMapping, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import ValidationError

from empa_graph.errors import ContentError
from empa_graph.models.dialogue import Usage
from empa_graph.models.episode import Episode
from empa_graph.models.latent import LatentState
from empa_graph.models.record import Record
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.store.packing import DAMAGED, packed, unpacked
from empa_graph.store.tables import COUNTED, FIGURES, LABELS, TOKENS, EpisodeOutcome, RowLike

Row = dict[str, Any]
FARTHEST = 1e9
"""The largest coordinate of a path; spaces are a few units wide."""
_APART: dict[type[Record], tuple[str, ...]] = {TurnRecord: ("episode", "turn"), Episode: LABELS, ModelCall: COUNTED}
"""The fields that have a column."""
_PARTS = ("messages", "notes", "directives")
_R = TypeVar("_R", bound=Record)


class CallEntry(NamedTuple):
    """A model call and, for one that was answered, the completion kept for a replay under ``key``."""

    call: ModelCall
    key: str | None = None
    answer: str | None = None
    """The completion as JSON; of two answers to one key the first is read."""


class Closing(NamedTuple):
    """The end of an episode; what its stored turns do not hold of it is stored with it."""

    number: int
    episode: Episode


class SessionEntry(NamedTuple):
    """A stretch of wall time that a run was worked on; ``Totals.seconds`` is their sum."""

    began: str
    """UTC, ISO 8601."""
    seconds: float


Entry = TurnRecord | Closing | CallEntry | SessionEntry


class Tally(NamedTuple):
    """How much of an episode its stored turns hold."""

    turns: int = 0
    messages: int = 0
    notes: int = 0
    directives: int = 0

    def after(self, turn: TurnRecord) -> Tally:
        """Return the tally with one more turn."""
        return Tally(self.turns + 1, *(a + len(getattr(turn, name)) for a, name in zip(self[1:], _PARTS, strict=True)))


Tallies = MutableMapping[int, Tally | None]
"""What is stored of each episode that has begun; None for one that has ended."""


def row_of(entry: Entry, tallies: Tallies) -> tuple[str, Row]:
    """Return the table and the row of an entry, and count it in. Raises ContentError where it does not fit."""
    match entry:
        case TurnRecord():
            tally = _open(entry.episode, tallies)
            if entry.turn != tally.turns + 1:
                raise ContentError(f"episode {entry.episode}: turn {entry.turn} after {tally.turns} stored turns")
            tallies[entry.episode] = tally.after(entry)
            return "turns", {"episode": entry.episode, "turn": entry.turn, "record": _packed(entry)}
        case Closing(number, episode):
            row = _episode_row(number, episode, _open(number, tallies))
            tallies[number] = None
            return "episodes", row
        case CallEntry():
            return "calls", _call_row(entry)
        case SessionEntry():
            return "sessions", {"began": entry.began, "seconds": float(entry.seconds)}


def _open(number: int, tallies: Tallies) -> Tally:
    tally = tallies.get(number, Tally())
    if tally is None:
        raise ContentError(f"episode {number} has ended; nothing can be added to it")
    return tally


def _episode_row(number: int, episode: Episode, tally: Tally) -> Row:
    steps = episode.latent.steps
    held = Tally(len(steps), *(len(getattr(episode, name)) for name in _PARTS))
    if any(mine > theirs for mine, theirs in zip(tally, held, strict=True)):
        raise ContentError(f"episode {number}: its closing holds less than its {tally.turns} stored turns")
    left = {name: getattr(episode, name)[getattr(tally, name) :] for name in _PARTS}
    latent = episode.latent.model_copy(update={"steps": steps[tally.turns :]})
    row = outcome(number, episode)._asdict()
    return {**row, "record": _packed(episode.model_copy(update={**left, "latent": latent}))}


def outcome(number: int, episode: Episode) -> EpisodeOutcome:
    """Return how an episode ended, as its columns hold it."""
    score = episode.score
    published = score.epmq.get("published") if score else None
    labels = (getattr(episode, name) for name in (*LABELS, "turns"))
    figures = (getattr(score, name, None) for name in FIGURES[:-1])
    unscored = None if score else episode.failure.kind if episode.failure else episode.unscored
    return EpisodeOutcome._make((number, *labels, *figures, published.composite if published else None, unscored))


def _call_row(entry: CallEntry) -> Row:
    call, usage = entry.call, entry.call.usage or Usage()
    return {
        **{name: getattr(call, name) for name in COUNTED},
        "replayed": int(call.replayed),
        **{name: getattr(usage, name) for name in TOKENS},
        "left_out": call.parameters.get("left_out"),
        "key": entry.key,
        "answer": None if entry.answer is None else packed(entry.answer),
        "record": _packed(call),
    }


def turn_record(row: RowLike) -> TurnRecord:
    """Return the turn of a row. Raises ContentError for a damaged one."""
    return _record(TurnRecord, row, f"table turns, turn {row['turn']} of episode {row['episode']}")


def model_call(row: RowLike) -> ModelCall:
    """Return the model call of a row. Raises ContentError for a damaged one."""
    return _record(ModelCall, row, f"table calls, call {row['seq']}")


def assembled(row: RowLike, turns: Sequence[TurnRecord]) -> Episode:
    """Return the episode of its row and its turns. Raises ContentError for a damaged one."""
    where = f"table episodes, episode {row['number']}"
    left = _record(Episode, row, where)
    whole = {name: (*(one for turn in turns for one in getattr(turn, name)), *getattr(left, name)) for name in _PARTS}
    steps = (*(turn.step for turn in turns), *left.latent.steps)
    found = left.model_copy(update={**whole, "latent": left.latent.model_copy(update={"steps": steps})})
    _check_path(found.latent, where)
    return found


def _check_path(latent: LatentState, where: str) -> None:
    """Raise ContentError for a path whose points and steps do not fit each other, or the space."""
    size = len(latent.dimensions)
    points = [latent.start, latent.target, latent.position, *(s.increment for s in latent.steps if s.increment)]
    if any(len(point) != size for point in points):
        raise ContentError(f"{where}: a point of the path has not the {size} dimensions of its space")
    if any(abs(x) > FARTHEST for x in (latent.radius, *(x for point in points for x in point))):
        raise ContentError(f"{where}: its path goes beyond {FARTHEST:g}, where no sum is sure")
    if [step.turn for step in latent.steps] != list(range(1, len(latent.steps) + 1)):
        raise ContentError(f"{where}: the turns of its path are not 1 to {len(latent.steps)} (table turns)")
    for step in latent.steps:
        named = {item.dimension for item in step.assessment.items} if step.assessment else set()
        if not named <= set(latent.dimensions):
            raise ContentError(f"{where}: turn {step.turn} is judged on another dimension (table turns)")


def _packed(record: Record) -> bytes:
    return packed(record.model_dump_json(exclude=set(_APART[type(record)]), exclude_defaults=True))


def _record(kind: type[_R], row: RowLike, where: str) -> _R:
    """Return the record of a row: what was packed of it, and the fields that have a column."""
    text = unpacked(row["record"], f"{where}: column record")
    try:
        return kind.model_validate(json.loads(text) | {name: row[name] for name in _APART[kind]})
    except ValidationError as error:
        raise ContentError(f"{where}: {first_fault(error)}") from None
    except (ValueError, TypeError, RecursionError):
        raise ContentError(f"{where}: column record: {DAMAGED}") from None


def first_fault(error: ValidationError) -> str:
    """Say which field is wrong first, and how."""
    fault = error.errors(include_url=False, include_input=False)[0]
    return f"{'.'.join(map(str, fault['loc'])) or 'the record'}: {fault['msg']}"
