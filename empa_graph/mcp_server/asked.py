"""What a caller may ask for, as frozen records with bounds: names of scenarios, texts and whole numbers, nothing else.

Rule: no URL, path, model or code is among them, and what is wrong with a request is one line.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints, ValidationError

from empa_graph.errors import UsageError, hint
from empa_graph.models.dialogue import LONGEST_REPLY
from empa_graph.models.record import Record

MOST_MESSAGES = 400
"""Messages of a conversation that is handed in to be scored."""
MOST_CHARACTERS = 200_000
"""Characters of all its messages."""
_Name = Annotated[str, StringConstraints(max_length=100)]
_Spoken = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REPLY)]
_R = TypeVar("_R", bound=Record)


class NothingAsked(Record):
    """A request without arguments."""


class ScenarioAsked(Record):
    """One scenario, by the id that ``list_scenarios`` gives."""

    scenario: _Name


class StartAsked(ScenarioAsked):
    """One scenario, and the seed of all that is random in its person."""

    seed: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)] = 0


class ConversationAsked(Record):
    """One conversation, by the id that ``start`` gave."""

    conversation: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{16}$")]


class ReplyAsked(ConversationAsked):
    """What the agent says next in a conversation."""

    text: _Spoken


class MessageAsked(Record):
    """One message: the supported person is the ``user``, the agent the ``assistant``."""

    role: Literal["user", "assistant"]
    content: Annotated[str, StringConstraints(max_length=LONGEST_REPLY)]


class ScoreAsked(Record):
    """A conversation as it was held."""

    messages: Annotated[tuple[MessageAsked, ...], Field(min_length=2, max_length=MOST_MESSAGES)]


def asked(kind: type[_R], given: object) -> _R:
    """Return the arguments of a call as a record. Raises UsageError with the first fault."""
    if isinstance(given, dict) and (unknown := [str(name) for name in given if name not in kind.model_fields]):
        known = list(kind.model_fields)
        raise UsageError(
            f"unknown argument '{unknown[0][:80]}'{hint(unknown[0], known) if known else ': none is taken'}"
        )
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part)[:80] for part in fault["loc"]) or "the arguments"
        raise UsageError(f"{where}: {fault['msg'][:300]}") from None
