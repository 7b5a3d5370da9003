"""What a model that marks conversations is told, shown, and asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, create_model

from empa_graph.content.library import prompt_text
from empa_graph.distill.anchors import shown as anchored
from empa_graph.distill.marks import Variable, variables
from empa_graph.distill.records import Conversation
from empa_graph.models.latent import Space
from empa_graph.roles.evaluator.judge_answer import Evidence
from empa_graph.roles.evaluator.judge_prompt import SHORTEST_CUT, WHOLE_LIMIT, JudgeRequest
from empa_graph.roles.fence import LONGEST_SHOWN, fenced, json_line, mark, shown

PROMPT = "annotator.md"
"""The prompt, beside the rubrics."""
_SPEAKERS = {"persona": "person", "empathic": "supporter"}


class Pointed(BaseModel):
    """The words a value stands on and the message they are copied from."""

    model_config = ConfigDict(extra="forbid", strict=True)
    message: int
    words: Evidence


class Standing(NamedTuple):
    """What is the same for every conversation: the instructions, the schema of the answer, and what is marked."""

    instructions: str
    schema: type[BaseModel]
    variables: tuple[Variable, ...]


def standing(space: Space) -> Standing:
    """Return what a model that marks in ``space`` is told and has to answer. Raises ContentError for the prompt."""
    return _standing(space.model_dump_json())


@lru_cache(maxsize=4)
def _standing(written: str) -> Standing:
    space = Space.model_validate_json(written)
    return Standing(_instructions(space), _schema(space), variables(space))


def _instructions(space: Space) -> str:
    first, _, rest = prompt_text(PROMPT).partition("\n")
    parts = [rest.strip() if first.startswith("version:") else prompt_text(PROMPT).strip(), "", "Variables"]
    told: dict[tuple[str, ...], str] = {}
    for one in anchored(space):
        name = field_of(one.variable)
        parts.append(f"\n{name}: {one.title}. {one.variable.question}")
        lines = tuple(f"  {anchor.value}: {anchor.text}" for anchor in one.anchors)
        if lines in told:
            parts.append(f"  as {told[lines]}")
        else:
            parts += lines
            told[lines] = name
        parts.append(f"  {_form(one.variable)}")
    return "\n".join(parts)


def _form(variable: Variable) -> str:
    if variable.scale == "order":
        return "All of them, the strongest first."
    if variable.scale == "set":
        return "Any number of them."
    if variable.bounds is None:
        return "One of them."
    low, high = variable.bounds
    return f"A {'number' if variable.scale == 'interval' else 'whole number'} from {low:g} to {high:g}."


def field_of(variable: Variable) -> str:
    """Return the field of an answer that a variable has."""
    return variable.id.replace(".", "_")


def _schema(space: Space) -> type[BaseModel]:
    """Return the model an answer must fit: an object per variable, evidence before value, nothing else."""
    fields: dict[str, Any] = {field_of(one): (_given(one), ...) for one in variables(space)}
    return create_model("Annotation", __config__=ConfigDict(extra="forbid", strict=True), **fields)


def _given(variable: Variable) -> type[BaseModel]:
    return create_model(
        f"Given_{field_of(variable)}",
        __config__=ConfigDict(extra="forbid", strict=True),
        evidence=(Annotated[list[Pointed], Field(max_length=3)], ...),
        value=(_value(variable), ...),
    )


def _value(variable: Variable) -> Any:
    if variable.bounds is not None:
        always = variable.id.partition(".")[0] in ("start", "end")
        return float if always else int | None
    words: Any = Literal.__getitem__(variable.allowed)
    return list[words] | None if variable.scale in ("set", "order") else words | None


def request(of: Conversation, *, seed: int) -> JudgeRequest:
    """Return what a model is shown: every message with its number, each cut so that all of them fit."""
    room = min(LONGEST_SHOWN, max(SHORTEST_CUT, WHOLE_LIMIT // max(1, len(of.turns))))
    said = tuple(shown(turn.text, room) for turn in of.turns)
    lines = [
        json_line({"message": at, "speaker": _SPEAKERS[turn.speaker], "text": text})
        for at, (turn, text) in enumerate(zip(of.turns, said, strict=True))
    ]
    own = mark(seed, of.id, of.turns[0].text if of.turns else "")
    last = len(of.turns) - 1
    return JudgeRequest(f"{fenced(lines, own)}\nMark this conversation, messages 0 to {last}.", own, _each(said))


def _each(said: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    return tuple((text,) for text in said)
