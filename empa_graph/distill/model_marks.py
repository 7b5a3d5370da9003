"""The model annotator: one call a conversation in an enforced schema; what does not hold is refused, never guessed.

Rule: a value whose words are not said in the message that it names is no mark, whoever gave it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

import regex
from pydantic import Field

from empa_graph.distill.annotator_prompt import Pointed, field_of, request, standing
from empa_graph.distill.marks import Mark, Quote, Value, Variable, fault, is_person
from empa_graph.distill.offline.told import LONGEST
from empa_graph.distill.records import Conversation
from empa_graph.errors import RunError
from empa_graph.llm import Chat, Completion, Prices
from empa_graph.llm.fingerprint import shown_model
from empa_graph.models.dialogue import Usage, total_usage
from empa_graph.models.latent import Space
from empa_graph.models.record import Record
from empa_graph.roles.evaluator.answering import Question, answered
from empa_graph.roles.evaluator.asking import ATTEMPTS, FIRST_WAIT, Pause, again
from empa_graph.roles.evaluator.judge_answer import Unusable, parsed
from empa_graph.roles.evaluator.quotation import span_in
from empa_graph.seeds import derived_seed

ANSWER_TOKENS = 6_000
"""Of one answer at most."""
SEAT = "annotator"
_OTHER = regex.compile(r"[^\w.@:/+-]+")
Cause = Literal["value_not_allowed", "without_evidence", "no_such_message", "not_said"]
CAUSES: dict[Cause, str] = {
    "value_not_allowed": "its value is none that the variable takes",
    "without_evidence": "it stands on no words",
    "no_such_message": "its words are said to stand in a message that is none",
    "not_said": "its words are not said in the message it names",
}
"""Why a model's mark is refused."""


class Marked(Record):
    """What a model made of one conversation: the marks that hold, what was refused, and what it took."""

    conversation: str
    marks: tuple[Mark, ...] = ()
    refused: dict[str, Cause] = Field(default_factory=dict)
    """By variable."""
    failure: str = ""
    """The kind of failure where there is no answer to read, else empty."""
    detail: str = ""
    asked: int = 0
    """Answers that were had."""
    usage: Usage | None = None
    cost: float | None = None


class _Read(NamedTuple):
    marks: tuple[Mark, ...] = ()
    refused: Mapping[str, Cause] = {}
    kind: str = ""
    fault: str = ""


def annotator_of(chat: Chat) -> str:
    """Return the name under which a model marks: as `empa run` names it, a local one with a hash of its weights."""
    local = chat.endpoint.startswith("local:")
    name = _OTHER.sub("-", chat.endpoint if local else shown_model(chat.name))[:80]
    return name if not is_person(name) else f"model:{name}"[:80]


async def model_marks(
    chat: Chat,
    of: Conversation,
    space: Space,
    *,
    seed: int = 0,
    prices: Prices | None = None,
    first_wait: float = FIRST_WAIT,
    pause: Pause = asyncio.sleep,
) -> Marked:
    """Return how ``chat`` marks a conversation, with at most one corrective retry.

    A service that is busy is asked again, `ATTEMPTS` times in all. Raises RunError (ProviderError) for one that stays
    out of reach, which says nothing of the conversation.
    """
    (told, schema, known), case, by = standing(space), request(of, seed=seed), annotator_of(chat)
    asked = Question(told, case, schema)
    said = tuple(text for (text,) in case.replies)

    def read(answer: Completion) -> _Read:
        found = parsed(answer, schema)
        if isinstance(found, Unusable):
            return _Read(kind=found.kind.replace("judge", SEAT), fault=found.fault)
        return _marks(found, known, said, of.id, by)

    async def call() -> tuple[_Read, tuple[Completion, ...]]:
        return await answered(chat, asked, read, lambda attempt: derived_seed(seed, SEAT, of.id, attempt))

    found, answers = await again(call, first_wait=first_wait, pause=pause, attempts=ATTEMPTS)
    usage = total_usage([each.usage for each in answers])
    failed = bool(found.kind) and not found.refused
    return Marked(
        conversation=of.id,
        marks=found.marks,
        refused=dict(found.refused),
        failure=found.kind if failed else "",
        detail=found.fault[:300] if failed else "",
        asked=len(answers),
        usage=usage,
        cost=None if prices is None else prices.cost(chat.name, usage, endpoint=chat.endpoint),
    )


def failed(of: Conversation, error: RunError) -> Marked:
    """Return that a conversation could not be asked about."""
    return Marked(conversation=of.id, failure=error.kind, detail=str(error)[:300])


def _marks(given: Any, known: tuple[Variable, ...], said: tuple[str, ...], of: str, by: str) -> _Read:
    now = datetime.now(UTC).replace(microsecond=0)
    marks: list[Mark] = []
    refused: dict[str, Cause] = {}
    for variable in known:
        one = getattr(given, field_of(variable))
        if one.value is None:
            continue
        value: Value = tuple(one.value) if isinstance(one.value, list) else one.value
        held = _held(variable, value, one.evidence, said)
        if isinstance(held, str):
            refused[variable.id] = held
            continue
        value = float(value) if isinstance(value, int) else value
        marks.append(Mark(conversation=of, variable=variable.id, annotator=by, value=value, quotes=held, at=now))
    return _Read(tuple(marks), refused, "marks_refused" if refused else "", _told(refused))


def _held(
    variable: Variable, value: Value, evidence: list[Pointed], said: tuple[str, ...]
) -> tuple[Quote, ...] | Cause:
    """Return the words that a value stands on, as they were said, or why it is refused."""
    if fault(variable, value) is not None:
        return "value_not_allowed"
    found: list[Quote] = []
    for one in evidence:
        if not one.words.strip():
            continue
        if not 0 <= one.message < len(said):
            return "no_such_message"
        span = span_in(one.words, [[said[one.message]]])
        if span is None:
            return "not_said"
        found.append(Quote(turn=one.message, text=span[:LONGEST]))
    if not found and not _tells_of_nothing(variable, value):
        return "without_evidence"
    return tuple(dict.fromkeys(found))


def _tells_of_nothing(variable: Variable, value: Value) -> bool:
    """Say whether a value means that there is nothing, which no words need to show."""
    return value in ((), "none") or (variable.id.startswith("indicator.") and value == 0)


def _told(refused: Mapping[str, Cause]) -> str:
    return "; ".join(f"{name.replace('.', '_')}: {CAUSES[cause]}" for name, cause in refused.items())[:1500]
