"""Names for requests: the same bytes asked of the same model have the same name, and nothing else has.

Rule: what cannot change an answer (timeouts, keys, the path to a weights file) is no part of a name.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import PurePath
from urllib.parse import parse_qsl

from pydantic import BaseModel, JsonValue

from empa_graph.llm.chat import Chat, Prompt
from empa_graph.llm.schema import response_format
from empa_graph.seeds import digest_of

Parameter = float | int | str | None
_WAITING = {"timeout", "connect_timeout"}


def prompt_hash(
    prompts: Sequence[Prompt], *, schema: type[BaseModel] | None = None, tools: Sequence[type[BaseModel]] = ()
) -> str:
    """Return the SHA-256 of the messages, the schema and the tools as they are sent."""
    messages = [[prompt.role, prompt.content] for prompt in prompts]
    return _digest([messages, schema and _schema_hash(schema), [_tool_hash(tool) for tool in tools]])


def request_key(chat: Chat, prompts: str, *, given: Mapping[str, Parameter], repeat: int) -> str:
    """Return the name of the request for the prompt hash ``prompts``, ``given`` `asked_with`; repeats share none.

    It covers endpoint, model, parameters and seed.
    """
    return _digest([chat.endpoint, shown_model(chat.name), given, prompts, repeat])


def asked_with(chat: Chat, seed: int | None) -> dict[str, Parameter]:
    """Return the parameters of one request, without those that only say how long to wait."""
    given = chat.parameters.model_dump(exclude=_WAITING)
    if given["extra_body"] is None:
        del given["extra_body"]
    return given if seed is None else {**given, "seed": seed}


def shown_model(name: str) -> str:
    """Return the model string ``name`` with the files of a local model by their name alone."""
    place, question, query = name.partition("?")
    provider, colon, path = place.partition(":")
    if provider != "local":
        return name
    adapters = [f"{option}={PurePath(value).name}" for option, value in adapter_options(query)]
    return f"{provider}{colon}{PurePath(path).name}{question}{'&'.join(adapters)}"


def adapter_options(query: str) -> list[tuple[str, str]]:
    """Return what stands behind the question mark of a local model; a plus sign in a file's name is one."""
    return parse_qsl(query.replace("+", "%2B"), keep_blank_values=True)


def _digest(tree: JsonValue | Sequence[object]) -> str:
    canonical = json.dumps(tree, sort_keys=True, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return digest_of(canonical)


@lru_cache(maxsize=256)
def _schema_hash(schema: type[BaseModel]) -> str:
    return _digest(response_format(schema))


@lru_cache(maxsize=256)
def _tool_hash(tool: type[BaseModel]) -> str:
    return _digest([tool.__name__, tool.__doc__, tool.model_json_schema()])
