"""Conversations with the ratings that people gave them, in any format of chats.

Beside the messages stand ``"ratings": {name: [one number per rater]}``. With ``turn``, the index of a message of the
agent, the ratings are of that reply alone. ``group`` names what was drawn together (a person, say); without it that is
the conversation. All of it is foreign: limited here, escaped where it is shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, NamedTuple, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from empa_graph.chats.joined import whole
from empa_graph.chats.pieces import LONGEST_NAME, ChatError, Fault, Piece
from empa_graph.chats.reader import AS_IT_LOOKS, How, live_pieces, pieces
from empa_graph.chats.transcripts import Transcript, opened, transcript_of
from empa_graph.errors import ContentError

MOST_RATINGS = 50
MOST_RATERS = 100
LONGEST_RATING = 100
"""Characters of a rating's name."""
LARGEST_RATING = 1e9
"""The farthest a rating lies from 0: squares of what is beyond all use are no longer exact, and then overflow."""
WITHIN = f"from {-LARGEST_RATING:g} to {LARGEST_RATING:g}"
_Number = Annotated[float, Field(strict=True, allow_inf_nan=False, ge=-LARGEST_RATING, le=LARGEST_RATING)]
_Name = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_RATING)]
_Raters = Annotated[list[_Number | None], Field(max_length=MOST_RATERS)]


class Rated(NamedTuple):
    """A conversation up to what was rated, with its ratings by name: a number per rater, None where one is missing."""

    line: int
    group: str
    transcript: Transcript
    turn: int | None
    """Index of the rated message in ``messages``; None where the whole conversation was rated."""
    ratings: dict[str, tuple[float | None, ...]]
    """Empty where nobody rated anything: such a conversation is scored all the same."""

    def mean(self, name: str) -> float | None:
        """Return the mean over the raters of ``name``; None where nobody rated."""
        given = [rating for rating in self.ratings.get(name, ()) if rating is not None]
        return sum(given) / len(given) if given else None

    @property
    def given(self) -> bool:
        """Whether anybody rated it."""
        return any(one is not None for ratings in self.ratings.values() for one in ratings)


class RatedFile(NamedTuple):
    """What a file holds, and the lines that cannot be used."""

    rows: list[Rated]
    unusable: list[Fault]


Given = Mapping[str, Mapping[str, tuple[float | None, ...]]]
"""Ratings that come from elsewhere, by the id of the conversation and by name."""


class _Beside(BaseModel):
    model_config = ConfigDict(extra="ignore")
    group: Annotated[str, StringConstraints(max_length=LONGEST_NAME)] | int | None = None
    turn: Annotated[int, Field(strict=True, ge=0)] | None = None


class _Line(_Beside):
    ratings: Annotated[dict[_Name, _Raters | _Number | None], Field(max_length=MOST_RATINGS)]


_L = TypeVar("_L", bound=_Beside)


def rated_file(
    path: Path, *, limit: int | None = None, how: How = AS_IT_LOOKS, given: Given | None = None
) -> RatedFile:
    """Read the first ``limit`` usable conversations of ``path``. Raises ContentError where none can be used.

    With ``given`` these are the ratings, by id, and those of the lines are not looked at; a conversation that it does
    not name is read without a rating, and a line that is of one message cannot be used.
    """
    with opened(path) as stream:
        found = _rated_pieces(pieces(stream, how), limit, given)
    if not found.rows or (given is None and not any(row.given for row in found.rows)):
        first = f":{found.unusable[0].line}: {found.unusable[0].why}" if found.unusable else ": no rated conversation"
        raise ContentError(f"{path}{first}")
    return found


def rated_lines(lines: Iterable[bytes], *, limit: int | None = None) -> RatedFile:
    """Read the first ``limit`` usable conversations of ``lines``; what cannot be used is told and passed over."""
    return _rated_pieces(live_pieces(lines), limit)


def _rated_pieces(found: Iterable[Piece | Fault], limit: int | None, given: Given | None = None) -> RatedFile:
    rows: list[Rated] = []
    unusable: list[Fault] = []
    seen: dict[tuple[str, int | None], int] = {}
    for item in whole(found):
        if isinstance(item, Fault):
            unusable.append(item)
            continue
        try:
            row = _rated(item) if given is None else _joined(item, given)
            _refuse_twice(row, seen)
        except ChatError as error:
            unusable.append(error.at(item.line))
        else:
            rows.append(row)
            if limit is not None and len(rows) >= limit:
                break
    return RatedFile(rows, unusable)


def _refuse_twice(row: Rated, seen: dict[tuple[str, int | None], int]) -> None:
    first = seen.setdefault((row.transcript.id, row.turn), row.line)
    if first != row.line:
        what = f"id '{row.transcript.id}'" + ("" if row.turn is None else f", turn {row.turn},")
        raise ChatError(f"{what} already stands in line {first}", "duplicate_id")


def _rated(piece: Piece) -> Rated:
    found = _beside(_Line, piece)
    return _row(piece, found, {rating: _raters(value) for rating, value in found.ratings.items()})


def _joined(piece: Piece, given: Given) -> Rated:
    """Return a conversation with the ratings that are given to its id. Raises ChatError where there can be none."""
    found = _beside(_Beside, piece)
    if found.turn is not None:
        raise ChatError(
            "turn: what is joined by id is of a whole conversation, and never of one message", "wrong_rating"
        )
    if piece.id is None:
        raise ChatError("id: this field is missing, by which ratings are joined", "wrong_rating")
    return _row(piece, found, dict(given.get(piece.id, {})))


def _beside(kind: type[_L], piece: Piece) -> _L:
    if piece.kind != "whole":
        raise ChatError("one message; here a line is a whole conversation with its ratings", "other_format")
    try:
        return kind.model_validate({name: piece.beside[name] for name in kind.model_fields if name in piece.beside})
    except ValidationError as error:
        raise ChatError(_fault(error), "wrong_rating") from None


def _row(piece: Piece, found: _Beside, ratings: dict[str, tuple[float | None, ...]]) -> Rated:
    transcript = transcript_of(_up_to(piece, found.turn))
    group = transcript.id if found.group is None else str(found.group)
    return Rated(piece.line, group, transcript, found.turn, ratings)


def _up_to(piece: Piece, turn: int | None) -> Piece:
    """Return a conversation up to the rated message. Raises ChatError where that is no reply to the person."""
    if turn is None:
        return piece
    if turn >= len(piece.messages):
        raise ChatError(f"turn {turn} of {len(piece.messages)} messages, counted from 0", "wrong_rating")
    said = piece.messages[: turn + 1]
    last, asked = said[-1], any(each is not None and each.speaker == "persona" for each in said)
    if last is None or last.speaker != "empathic" or not asked:
        raise ChatError(f"turn {turn} is no message of the assistant that answers a user message", "wrong_rating")
    return piece._replace(messages=said)


def _raters(value: list[float | None] | float | None) -> tuple[float | None, ...]:
    return tuple(value) if isinstance(value, list) else (value,)


def _fault(error: ValidationError) -> str:
    fault = error.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part)[:LONGEST_RATING] for part in fault["loc"][:3])
    if fault["type"] == "missing":
        return f"{where}: this field is missing"
    if where.startswith("ratings.") and fault["type"] not in ("too_long", "string_too_long", "string_too_short"):
        name = ".".join(where.split(".")[:2])
        return f"{name}: allowed are a list of finite numbers {WITHIN}, one per rater, null for none"
    return f"{where}: {fault['msg'].removeprefix('Value error, ')[:200]}"
