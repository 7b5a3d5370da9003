"""What the readers of chat logs give: pieces of conversations, and the faults of what is none."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NamedTuple, get_args

from empa_graph.errors import ContentError
from empa_graph.models.dialogue import Speaker

LARGEST = 4 * 1024 * 1024
"""Bytes of one conversation as it stands in a file: a line, an element of an array, the rows of one id."""
LONGEST_NAME = 200
"""Characters of a conversation's id."""
Cause = Literal[
    "oversized",
    "not_utf8",
    "not_json",
    "no_conversation",
    "other_format",
    "wrong_row",
    "unknown_role",
    "unread_message",
    "long_message",
    "no_reply",
    "wrong_id",
    "duplicate_id",
    "wrong_rating",
]
"""Why something cannot be used. ``other_format``: another ``--format`` or another command would read it."""
CAUSES: tuple[Cause, ...] = get_args(Cause)
Kind = Literal["whole", "row", "trace", "message"]
"""Of a piece: a whole conversation; one message of a table or list, whose neighbours are of the same conversation;
a recorded call, which holds what was said up to it; a message of a stream in which conversations are mixed."""
PARTS: tuple[Kind, ...] = ("row", "trace")
"""The kinds of which several that follow each other are one conversation."""


class Said(NamedTuple):
    """What one side says in one message."""

    speaker: Speaker
    text: str


Messages = tuple[Said | None, ...]
"""The messages of a conversation in order; None for one that says nothing to the other side (system, a tool's)."""


class Piece(NamedTuple):
    """A conversation or a part of one, and where it begins."""

    id: str | None
    messages: Messages
    kind: Kind = "whole"
    beside: Mapping[str, object] = MappingProxyType({})
    """What stands beside the messages, untrusted: ratings, say."""
    at: str = ""
    """Of a trace, when it began, as it sorts; empty where that is not told."""
    line: int = 0
    """From 1."""


class Fault(NamedTuple):
    """A place that holds nothing that can be used."""

    line: int
    """From 1."""
    why: str
    cause: Cause
    of: str | None = None
    """The conversation that lacks this row; None where that is not known, or where it is no row."""
    row: bool = False
    """Whether a message is missing from a conversation whose other rows can be read."""


class ChatError(ContentError):
    """Say what is wrong with a conversation, and of which cause that is."""

    def __init__(self, why: str, cause: Cause) -> None:
        super().__init__(why)
        self.cause: Cause = cause

    def at(self, line: int, *, row: bool = False, of: str | None = None) -> Fault:
        """Return it as the fault of a place."""
        return Fault(line, str(self), self.cause, of, row)


def named(name: object, field: str) -> str | None:
    """Return the id of a conversation as text. Raises ChatError for what is no id."""
    if name is None or name == "":
        return None
    if isinstance(name, bool) or not isinstance(name, str | int):
        raise ChatError(f"{field}: allowed are a text or a whole number", "wrong_id")
    if isinstance(name, int) and name.bit_length() > 128:
        raise ChatError(f"{field}: a number of more than 128 bits", "wrong_id")
    if len(str(name)) > LONGEST_NAME:
        raise ChatError(f"{field}: {len(str(name))} characters, allowed are {LONGEST_NAME}", "wrong_id")
    return str(name)
