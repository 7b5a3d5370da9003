"""What a request asks for: its parameters as frozen records; what is wrong with them is one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Literal, TypeVar

from pydantic import Field, StringConstraints, ValidationError, model_validator

from empa_graph.errors import UsageError, hint
from empa_graph.models.record import Record
from empa_graph.store.annotations import Annotation
from empa_graph.store.listing import Order, Wanted

PAGE = 50
LARGEST_BODY = 64 * 1024
_Text = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
_Name = Annotated[str, StringConstraints(max_length=400)]
_Offset = Annotated[int, Field(ge=0, le=10_000_000)]
_Limit = Annotated[int, Field(ge=1, le=500)]
Key = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]
_R = TypeVar("_R", bound=Record)


class RunsAsked(Record):
    """Which runs are listed; what is empty is any."""

    agent: _Text = ""
    evaluator: _Text = ""
    status: Literal["", "complete", "running", "suspended", "unreadable"] = ""
    since: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    until: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}-\d{2})?$")] = ""
    commit: _Text = ""
    offset: _Offset = 0


class EpisodesAsked(Record):
    """Which episodes are listed, in what order; what is empty is any."""

    scenario: _Name = ""
    variant: _Name = ""
    ending: _Name = ""
    cause: _Name = ""
    low: float | None = None
    high: float | None = None
    order: Order = "number"
    falling: bool = False
    offset: _Offset = 0
    limit: _Limit = PAGE
    text: _Text = ""
    """Words to look for in the messages."""
    after: Annotated[int, Field(ge=-1)] = -1
    """For a search: the episode to go on behind."""

    @property
    def wanted(self) -> Wanted:
        """The filters alone."""
        names = ("scenario", "variant", "ending", "cause")
        return Wanted(**{name: getattr(self, name) or None for name in names}, low=self.low, high=self.high)


class CompareAsked(Record):
    """Two runs, and of each the variant that is compared; without one the first that both play."""

    left: Key | Literal[""] = ""
    right: Key | Literal[""] = ""
    left_variant: _Name = ""
    right_variant: _Name = ""


class ReplayAsked(Record):
    """Two episodes, each as ``KEY.NUMBER``."""

    left: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}\.\d{1,9}$")]
    right: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}\.\d{1,9}$")]


class OfEpisode(Record):
    """One episode; None for all."""

    episode: Annotated[int, Field(ge=0)] | None = None


class Nothing(Record):
    """A request that takes no parameters."""


class Said(Record):
    """A note or rating as a browser sends it; when it was said is ours to say."""

    episode: int
    turn: int | None
    annotator: str
    name: str
    rating: float | None = None
    text: str = ""

    @model_validator(mode="after")
    def _fits(self) -> Said:
        self.annotation()
        return self

    def annotation(self) -> Annotation:
        """Return it as it is kept."""
        return Annotation.model_validate(self.model_dump())


def asked(kind: type[_R], given: Mapping[str, str]) -> _R:
    """Return the parameters ``given`` as a record; an empty one counts as absent. Raises UsageError."""
    for name in given:
        if name not in kind.model_fields:
            known = list(kind.model_fields)
            raise UsageError(f"unknown parameter '{name[:80]}'{hint(name, known) if known else ': none is taken'}")
    return _made(kind, {name: value for name, value in given.items() if value != ""})


def posted(kind: type[_R], body: bytes) -> _R:
    """Return the record that a request carries as JSON. Raises UsageError."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        raise UsageError("the body is no JSON") from None
    if not isinstance(data, dict):
        raise UsageError("the body is no JSON object")
    return _made(kind, data)


def _made(kind: type[_R], data: Mapping[str, object]) -> _R:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part)[:80] for part in fault["loc"])
        raise UsageError(f"{where or 'the body'}: {fault['msg'].removeprefix('Value error, ')[:300]}") from None
