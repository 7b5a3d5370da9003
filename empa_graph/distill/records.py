"""What the stages hand on: conversations with their names taken out, and why others were left out."""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

from empa_graph.chats.pieces import Cause as Unusable
from empa_graph.models.dialogue import Speaker
from empa_graph.models.record import Record

Kind = Literal[
    "credentials",
    "url",
    "email",
    "iban",
    "card",
    "ip",
    "id",
    "phone",
    "handle",
    "address",
    "date",
    "organisation",
    "place",
    "name",
]
"""What is taken out, by the word in its placeholder; where two claim the same words, the earlier one names them."""
KINDS: tuple[Kind, ...] = get_args(Kind)
Unfit = Literal[
    "language_not_read",
    "few_turns",
    "many_turns",
    "long_message",
    "few_words",
    "one_sided",
    "control_text",
    "instructions",
    "same_again",
]
Cause = Literal[Unusable, Unfit, "redaction_timeout", "near_duplicate"]
"""Why a conversation is left out."""
CAUSES: dict[Cause, str] = {
    "oversized": "is longer than a conversation may be",
    "not_utf8": "is no UTF-8 text",
    "not_json": "is no JSON",
    "no_conversation": "is no conversation",
    "other_format": "is of another format than the file's, or one message alone",
    "wrong_row": "has a row that cannot be read",
    "unknown_role": "holds a message whose role is not known",
    "unread_message": "holds a message whose text cannot be read",
    "no_reply": "holds no answer to the person",
    "wrong_id": "has an id that is none",
    "duplicate_id": "has the id of an earlier one, or parts that stand apart",
    "wrong_rating": "has a rating that is none",
    "redaction_timeout": "could not be searched for names in time",
    "language_not_read": "is not in English, the one language whose names the rules know",
    "few_turns": "has too few turns",
    "many_turns": "has too many turns",
    "long_message": "holds a message that is longer than one may be",
    "few_words": "says too little",
    "one_sided": "one side does not speak",
    "control_text": "holds control words of a chat template, or bytes that are no text",
    "instructions": "speaks to a model that reads it, as in: ignore all previous instructions",
    "same_again": "one side says the same over and over",
    "near_duplicate": "is nearly the same as an earlier one",
}


class Turn(Record):
    """One message as it was said, or redacted."""

    speaker: Speaker
    text: str


class Found(NamedTuple):
    """A conversation as it stands in the corpus: its words are untrusted and hold names."""

    line: int
    """Where it begins, from 1."""
    turns: tuple[Turn, ...]


class Fault(NamedTuple):
    """A place of the corpus that cannot be read, without a word of it."""

    line: int
    cause: Cause


class Conversation(Record):
    """A conversation that was kept, redacted; a line of ``conversations.jsonl``."""

    id: str
    """A hash of the corpus and the place in it; nothing of the source's own id."""
    line: int
    turns: tuple[Turn, ...]
    placeholders: dict[str, int]
    """How many different ones of each kind it holds; they are numbered from 1 in every conversation anew."""
