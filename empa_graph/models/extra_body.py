"""Fields of a user's own in the requests to the agent under test."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import NoReturn

from pydantic import JsonValue

_OWN = {
    "messages": "the conversation is sent there",
    "model": "the model has an option of its own",
    "temperature": "give --temperature",
    "max_tokens": "give --max-tokens",
    "max_completion_tokens": "give --max-tokens",
    "seed": "give --seed",
    "stream": "answers are read whole",
    "n": "one answer is read",
}
"""The fields that are not the user's to send, each with the reason."""
LONGEST = 10_000
"""Characters, since they stand in the manifest and beside every call."""


def checked_fields(fields: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """Return ``fields``. Raises ValueError, the end of a line, for one that is not the user's to send."""
    for name, reason in _OWN.items():
        if name in fields:
            raise ValueError(f": '{name}' cannot be set there; {reason}")
    if (length := len(canonical(fields))) > LONGEST:
        raise ValueError(f": {length:,} characters, allowed are {LONGEST:,}")
    return fields


def canonical(fields: Mapping[str, JsonValue]) -> str:
    """Return ``fields`` as JSON in one form."""
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def json_object(text: str, example: str) -> dict[str, JsonValue]:
    """Return the JSON object that ``text`` is. Raises ValueError, the end of a line that shows the ``example``."""
    if len(text) > LONGEST:
        raise ValueError(f": {len(text):,} characters, allowed are {LONGEST:,}")
    try:
        fields = json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise ValueError(f": no JSON ({str(error)[:100]}); write an object, like '{example}'") from None
    if not isinstance(fields, dict):
        raise ValueError(f": JSON, but no object; write one like '{example}'")
    return fields


def checked_body(text: str) -> str:
    """Return ``text``, a JSON object, in its one form. Raises ValueError."""
    return canonical(checked_fields(json_object(text, '{"top_k": 5}')))


def _no_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")
