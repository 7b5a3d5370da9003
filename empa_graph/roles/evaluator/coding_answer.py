"""A judge that codes behaviour: how it is asked, the schema that its answer must fit, and how that is read.

Rule: as in `judge_answer`, a fault holds our own words only, and what does not fit is never read as a number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Annotated, Literal, NamedTuple

from pydantic import BaseModel, BeforeValidator, ConfigDict, create_model

from empa_graph.llm import Chat, Completion
from empa_graph.models.behaviour import BEHAVIOURS, Behaviour, Code
from empa_graph.roles.evaluator.answering import Question, answered
from empa_graph.roles.evaluator.judge_answer import Evidence, Unusable, parsed
from empa_graph.roles.evaluator.judge_instructions import coding_instructions
from empa_graph.roles.evaluator.judge_prompt import JudgeRequest
from empa_graph.roles.evaluator.quotation import span_in

UNSAID: Behaviour = "passing_danger"
"""The one behaviour that lies in what was not said, and needs no evidence."""


def _whole_number(strength: object) -> object:
    """Refuse true and 1.0, which Python takes for 1."""
    if type(strength) is not int:
        raise ValueError("a strength is 0, 1, 2, 3 or 4")
    return strength


class CodedStrength(BaseModel):
    """Evidence, copied from a reply, then the strength it carries."""

    model_config = ConfigDict(extra="forbid", strict=True)
    evidence: Evidence
    strength: Annotated[Literal[0, 1, 2, 3, 4], BeforeValidator(_whole_number)]


class Coding(NamedTuple):
    """The codes above 0, or the ``kind`` of failure with its ``fault`` for the judge and its ``detail``."""

    codes: tuple[Code, ...] = ()
    kind: str = ""
    fault: str = ""
    detail: str = ""


@cache
def coding_schema(behaviours: tuple[Behaviour, ...] = BEHAVIOURS) -> type[BaseModel]:
    """Return the model that an answer must fit: one required object per behaviour, nothing else."""
    fields = dict.fromkeys(behaviours, (CodedStrength, ...))
    return create_model("Coding", __config__=ConfigDict(extra="forbid", strict=True), **fields)  # type: ignore[call-overload,no-any-return]


def read_coding(answer: Completion, schema: type[BaseModel], replies: Sequence[Sequence[str]]) -> Coding:
    """Return what ``answer`` codes of ``replies``, the agent's messages turn by turn as they were shown.

    Every strength above 0 stands on a span of a reply, which is kept as the reply has it; only `UNSAID` may go without.
    """
    found = parsed(answer, schema)
    if isinstance(found, Unusable):
        return Coding(kind=found.kind, fault=found.fault, detail=found.fault)
    codes: list[Code] = []
    for name in schema.model_fields:
        given: CodedStrength = getattr(found, name)
        if not given.strength:
            continue
        span = span_in(given.evidence, replies)
        if span is None and name != UNSAID:
            fault = f"{name}: the evidence is not a span of a reply under judgement"
            return Coding(kind="judge_unsupported", fault=fault, detail=f"{fault}: {given.evidence[:80]!r}")
        codes.append(Code.model_validate({"behaviour": name, "strength": given.strength, "evidence": span or ""}))
    return Coding(tuple(codes))


async def model_codes(
    chat: Chat, case: JudgeRequest, seed: Callable[[int], int]
) -> tuple[Coding, tuple[Completion, ...]]:
    """Return what ``chat`` codes of the replies under judgement, with every answer; ``seed`` is that of each attempt.

    Raises ProviderError for an outage.
    """
    schema = coding_schema()
    asked = Question(coding_instructions(), case, schema)
    return await answered(chat, asked, lambda answer: read_coding(answer, schema, case.replies), seed)
