"""From records to rows and back; what was written reads back equal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, TypeVar

from pydantic import TypeAdapter, ValidationError

from empa_graph.errors import ContentError
from empa_graph.models.assessment import Item
from empa_graph.models.dialogue import Usage
from empa_graph.models.episode import Episode
from empa_graph.models.failure import Failure
from empa_graph.models.latent import LatentState
from empa_graph.models.record import Record
from empa_graph.models.turn_record import ModelCall, TurnRecord
from empa_graph.store.packing import packed, unpacked
from empa_graph.store.tables import RowLike

Row = dict[str, Any]
"""A row by column name: the border to the database."""
FARTHEST = 1e9
"""The largest coordinate of a path; spaces are a few units wide."""
_ITEM = tuple(Item.model_fields)
_USAGE = ("tokens_in", "tokens_cached", "tokens_out")
_CALL = tuple(name for name in ModelCall.model_fields if name not in ("parameters", "usage", "replayed"))
_APART: Any = {
    "episode": True,
    "turn": True,
    "messages": {"__all__": {"content"}},
    "step": {"assessment": {"items"}},
}
"""What columns and judgement rows hold of a turn."""
_FAULTS = TypeAdapter(tuple[Failure, ...])
_COLUMNS = ("scenario", "agent", "variant", "repeat", "seed", "ending")
_SCORES = ("composite", "alignment_index", "impact_index", "stability_index", "coverage")
_R = TypeVar("_R", bound=Record)


class Tally(NamedTuple):
    """How much of an episode its stored turns hold."""

    turns: int = 0
    messages: int = 0
    notes: int = 0
    directives: int = 0

    def after(self, turn: TurnRecord) -> Tally:
        """Return the tally with one more turn."""
        said, noted, directed = len(turn.messages), len(turn.notes), len(turn.directives)
        return Tally(self.turns + 1, self.messages + said, self.notes + noted, self.directives + directed)


def turn_rows(entry: TurnRecord) -> tuple[Row, list[Row]]:
    """Return the row of a turn and those of its judgement, one per item, or one with the kind of its failure."""
    said = json.dumps([message.content for message in entry.messages], ensure_ascii=False, separators=(",", ":"))
    small = entry.model_dump_json(exclude=_APART, exclude_defaults=True)
    row = {"number": entry.episode, "turn": entry.turn, "said": said, "rest": packed(small, said)}
    return row, [{"number": entry.episode, "turn": entry.turn, **judged} for judged in _judged(entry)]


def _judged(entry: TurnRecord) -> list[Row]:
    blank = dict.fromkeys((*_ITEM, "evaluator", "model", "failure"))
    if entry.step.failure is not None:
        return [{**blank, "place": 0, "failure": entry.step.failure.kind}]
    if entry.step.assessment is None:
        return []
    by = {"evaluator": entry.step.assessment.evaluator, "model": entry.step.assessment.model}
    items = enumerate(entry.step.assessment.items)
    return [{**blank, **by, "place": place, **{name: getattr(i, name) for name in _ITEM}} for place, i in items]


def turn_record(row: RowLike, judgements: Iterable[RowLike]) -> TurnRecord:
    """Return the turn of a row and its judgement rows. Raises ContentError for a damaged one."""
    where = f"table turns, turn {row['turn']} of episode {row['number']}"
    fields = _packed(row["rest"], f"{where}: column rest", row["said"])
    fields |= {"episode": row["number"], "turn": row["turn"]}
    said, messages = _value(row["said"], f"{where}: column said"), _listed(fields, "messages", where)
    if not isinstance(said, list) or len(said) != len(messages) or not all(isinstance(m, dict) for m in messages):
        raise ContentError(f"{where}: columns said and rest do not fit: the stored record is damaged")
    fields["messages"] = [{**message, "content": content} for message, content in zip(messages, said, strict=True)]
    step = fields.get("step")
    if isinstance(step, dict) and isinstance(step.get("assessment"), dict):
        items = [{name: judged[name] for name in _ITEM} for judged in judgements if judged["dimension"] is not None]
        step["assessment"]["items"] = items
    return _valid(TurnRecord, fields, where)


def missing_turns(number: int, episode: Episode, tally: Tally) -> list[TurnRecord]:
    """Return the turns of an ended episode that are not stored yet.

    Each takes what was said up to it. Only the last carries the persona's state: it was not recorded for the others.
    """
    turns = []
    for step in episode.latent.steps[tally.turns :]:
        last = step is episode.latent.steps[-1]
        turn = TurnRecord(
            episode=number,
            turn=tally.turns + 1,
            messages=_until(step.turn, episode.messages[tally.messages :]),
            step=step,
            persona_state=episode.persona_state if last else None,
            notes=_until(step.turn, episode.notes[tally.notes :]),
            directives=_until(step.turn, episode.directives[tally.directives :]),
        )
        turns.append(turn)
        tally = tally.after(turn)
    return turns


_T = TypeVar("_T")


def _until(turn: int, things: Sequence[_T]) -> tuple[_T, ...]:
    """Return the things at the front that belong to ``turn`` or before it."""
    for place, thing in enumerate(things):
        if getattr(thing, "turn", 0) > turn:
            return tuple(things[:place])
    return tuple(things)


def episode_row(number: int, episode: Episode, tally: Tally) -> Row:
    """Return the row of an ended episode whose turns are all stored: labels, figures, and what no turn holds."""
    tail = {
        "messages": episode.messages[tally.messages :],
        "notes": episode.notes[tally.notes :],
        "directives": episode.directives[tally.directives :],
    }
    latent = episode.latent.model_copy(update={"steps": ()})
    left = episode.model_copy(update={**tail, "latent": latent, "faults": ()})
    score = episode.score
    published = score.epmq.get("published") if score else None
    return {
        "number": number,
        **{name: getattr(episode, name) for name in _COLUMNS},
        "turns": episode.turns,
        **{name: getattr(score, name, None) for name in _SCORES},
        "epm_q": published.composite if published else None,
        "unscored": _unscored(episode),
        "faults": _FAULTS.dump_json(episode.faults, exclude_defaults=True).decode(),
        "closing": packed(left.model_dump_json(exclude={*_COLUMNS, "faults"}, exclude_defaults=True)),
    }


def _unscored(episode: Episode) -> str | None:
    if episode.score is not None:
        return None
    return episode.failure.kind if episode.failure else episode.unscored


def assembled(row: RowLike, turns: Sequence[TurnRecord]) -> Episode:
    """Return the episode of its row and its turns. Raises ContentError for a damaged one."""
    where = f"table episodes, episode {row['number']}"
    fields = _packed(row["closing"], f"{where}: column closing")
    fields |= {name: row[name] for name in _COLUMNS} | {"faults": _value(row["faults"], f"{where}: column faults")}
    for name in ("messages", "notes", "directives"):
        fields[name] = [*(thing for turn in turns for thing in getattr(turn, name)), *_listed(fields, name, where)]
    latent = fields.get("latent")
    if isinstance(latent, dict):
        latent["steps"] = [turn.step for turn in turns]
    found = _valid(Episode, fields, where)
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
            raise ContentError(f"{where}: turn {step.turn} is judged on another dimension (table judgements)")


def call_row(call: ModelCall) -> Row:
    """Return the row of a model call."""
    usage = call.usage or Usage()
    return {
        **{name: getattr(call, name) for name in _CALL},
        "parameters": json.dumps(call.parameters, sort_keys=True),
        "has_usage": int(call.usage is not None),
        **{name: getattr(usage, name) for name in _USAGE},
        "replayed": int(call.replayed),
    }


def model_call(row: RowLike) -> ModelCall:
    """Return the model call of a row. Raises ContentError for a damaged one."""
    where = f"table calls, call {row['seq']}"
    fields = {name: row[name] for name in _CALL}
    fields["parameters"] = _value(row["parameters"], f"{where}: column parameters")
    fields["usage"] = {name: row[name] for name in _USAGE} if row["has_usage"] else None
    return _valid(ModelCall, {**fields, "replayed": bool(row["replayed"])}, where)


def _packed(data: bytes, where: str, said: str = "") -> Row:
    try:
        text = unpacked(data, said)
    except ContentError as error:
        raise ContentError(f"{where}: {error}") from None
    value = _value(text, where)
    if not isinstance(value, dict):
        raise ContentError(f"{where}: the stored record is damaged")
    return value


def _listed(fields: Row, name: str, where: str) -> list[Any]:
    found = fields.get(name, [])
    if not isinstance(found, list):
        raise ContentError(f"{where}: {name}: the stored record is damaged")
    return found


def _value(text: str, where: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ContentError(f"{where}: the stored record is damaged") from None


def _valid(kind: type[_R], fields: Row, where: str) -> _R:
    try:
        return kind.model_validate(fields)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        raise ContentError(f"{where}: {'.'.join(map(str, fault['loc']))}: {fault['msg']}") from None
