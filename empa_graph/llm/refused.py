"""Fields of a request that a server refuses: told from its error, and left out of every later request.

Rule: only a field that was sent, that the error names and says to be unsupported, counts as refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Literal, NamedTuple, cast, get_args

from empa_graph.llm.faults import Call, fault

Field = Literal["response_format", "seed", "temperature", "max_tokens", "max_completion_tokens", "system"]
"""What may be refused: a field by its name, or ``system`` for the role of a message."""
FIELDS: tuple[Field, ...] = get_args(Field)
_NAMES: Mapping[Field, str] = {
    "response_format": r"response[_ ]format|json[_ ](?:schema|object|mode)|structured[_ ]outputs?",
    "seed": r"\bseed\b",
    "temperature": r"\btemperature\b",
    "max_tokens": r"\bmax_tokens\b",
    "max_completion_tokens": r"\bmax_completion_tokens\b",
    "system": r"\bsystem (?:role|message|prompt|instruction)|['\"`]system['\"`]|developer instruction"
    r"|only user and assistant|roles must alternate",
}
_UNSUPPORTED = re.compile(
    r"unsupported|not support|n't support|unrecogni[sz]ed|unknown|unexpected|extra[_ ]|unavailable|deprecated|"
    r"not (?:be )?(?:permitted|allowed|enabled|available|accepted|implemented)|must be one of|must alternate|"
    r"only user and assistant|invalid (?:parameter|field|argument)",
    re.IGNORECASE,
)
_PLACE = re.compile(r"['\"]loc['\"]:\s*[\[(]\s*(?:['\"]body['\"],\s*)?['\"](\w+)['\"]")
"""Where a validating server says that a fault lies; beside it stands the whole request, which names everything."""
_READ = 20_000
_UNTEMPERED = re.compile(r"(?:^|[/:])(?:o[1-9](?![\w.])|gpt-5(?!.*chat))", re.IGNORECASE)
_OTHER_NAME: Mapping[Field, Field] = {"max_tokens": "max_completion_tokens", "max_completion_tokens": "max_tokens"}
_SCHEMA = "Answer with one JSON object and nothing else. It fits this JSON schema:\n{}"


def takes_temperature(model: str) -> bool:
    """Say whether ``model`` may be sent a temperature: OpenAI's reasoning models take none, whoever serves them."""
    return _UNTEMPERED.search(model) is None


class RefusedFields:
    """What each model of each server is sent no more; shared by the chats of a run."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], dict[Field, None]] = {}
        self._left_out: dict[tuple[str, str], dict[Field, None]] = {}

    def of(self, url: str, model: str) -> tuple[Field, ...]:
        """Return what ``model`` at ``url`` is not sent."""
        known: tuple[Field, ...] = () if takes_temperature(model) else ("temperature",)
        return (*known, *self._found.get((url, model), ()))

    def add(self, url: str, model: str, field: Field) -> None:
        """Remember a refusal."""
        self._found.setdefault((url, model), {})[field] = None

    def note(self, url: str, model: str, left_out: Iterable[Field]) -> None:
        """Remember what an answered request went without."""
        self._left_out.setdefault((url, model), {}).update(dict.fromkeys(left_out))

    def __iter__(self) -> Iterator[tuple[str, str, tuple[Field, ...]]]:
        """Yield each server and model that answered requests without something, with what was left out."""
        for (url, model), fields in self._left_out.items():
            yield url, model, tuple(fields)


class Fitted(NamedTuple):
    """A request as it is sent, and the names of what was left out of it."""

    body: dict[str, object]
    left_out: tuple[Field, ...]


def fitted(body: Mapping[str, object], refused: Collection[Field]) -> Fitted:
    """Return ``body`` without what is ``refused``.

    A schema is told in words, the system's text goes in front of the first user message, and the limit of tokens goes
    by its other name, which leaves nothing out.
    """
    sent, left_out = dict(body), list[Field]()
    for field in FIELDS:
        if field not in refused or field not in _sent(sent):
            continue
        if field == "system":
            sent["messages"] = _without_system(_messages(sent))
        elif field == "response_format":
            sent["messages"] = _with_schema(_messages(sent), sent.pop(field))
        elif (other := _OTHER_NAME.get(field)) is not None and other not in refused:
            sent[other] = sent.pop(field)
            continue
        else:
            del sent[field]
        left_out.append("max_tokens" if field in _OTHER_NAME else field)
    return Fitted(sent, tuple(left_out))


def refused_field(exc: BaseException, body: Mapping[str, object], call: Call) -> Field | None:
    """Return the field that ``exc``, the error of a server that was sent ``body``, refuses; None for another error."""
    status = getattr(exc, "status_code", None)
    if status not in (400, 422, 500):
        return None
    text, named = _text(exc), _named(exc)
    if fault(exc, call).kind not in ("bad_request", "server_error") or not _UNSUPPORTED.search(text):
        return None
    where = set(_PLACE.findall(text))
    for field in _sent(body):
        hit = field in where if where else named in (None, field) and re.search(_NAMES[field], text, re.IGNORECASE)
        # Templates that know no system role raise inside llama.cpp, which calls every such fault its own.
        if hit and (status != 500 or field == "system"):
            return field
    return None


def _sent(body: Mapping[str, object]) -> tuple[Field, ...]:
    system = any(message["role"] == "system" for message in _messages(body))
    return tuple(field for field in FIELDS if (system if field == "system" else field in body))


def _messages(body: Mapping[str, object]) -> list[dict[str, str]]:
    return cast("list[dict[str, str]]", body["messages"])


def _without_system(messages: list[dict[str, str]]) -> list[dict[str, str]]:
    system = "\n\n".join(message["content"] for message in messages if message["role"] == "system")
    others = [message for message in messages if message["role"] != "system"]
    first = next((place for place, message in enumerate(others) if message["role"] == "user"), None)
    if first is None:
        return [{"role": "user", "content": system}, *others]
    others[first] = {"role": "user", "content": f"{system}\n\n{others[first]['content']}"}
    return others


def _with_schema(messages: list[dict[str, str]], response_format: object) -> list[dict[str, str]]:
    wanted = cast("Mapping[str, Mapping[str, object]]", response_format)["json_schema"]["schema"]
    told = _SCHEMA.format(json.dumps(wanted, ensure_ascii=False))
    first = next((message for message in messages if message["role"] == "system"), None)
    if first is None:
        return [{"role": "system", "content": told}, *messages]
    return [{**m, "content": f"{m['content']}\n\n{told}"} if m is first else m for m in messages]


def _inner(exc: BaseException) -> Mapping[str, object]:
    body = getattr(exc, "body", None)
    inner = body.get("error", body) if isinstance(body, Mapping) else {"message": str(body or exc)}
    return inner if isinstance(inner, Mapping) else {"message": str(inner)}


def _text(exc: BaseException) -> str:
    """Return what the server says; a router tells in ``metadata`` what the server behind it said."""
    inner = _inner(exc)
    told = [inner[name] for name in ("message", "detail", "code", "metadata") if inner.get(name)]
    return " ".join(map(str, told))[:_READ]


def _named(exc: BaseException) -> str | None:
    """Return the field that the server names apart; None for none, and for a message, whose role may be meant."""
    param = _inner(exc).get("param")
    return param if isinstance(param, str) and param and not param.startswith("messages") else None
