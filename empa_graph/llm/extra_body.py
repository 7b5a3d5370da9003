"""Fields of a user's own in the requests to the agent under test."""

from __future__ import annotations

import json
from typing import NoReturn

from empa_graph.errors import UsageError

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
"""Characters, since it stands in the manifest and beside every call."""


def checked_body(text: str, *, where: str = "--extra-body") -> str:
    """Return ``text``, a JSON object, in its one canonical form. Raises UsageError in one line."""
    if len(text) > LONGEST:
        raise UsageError(f"{where}: {len(text):,} characters, allowed are {LONGEST:,}")
    try:
        fields = json.loads(text, parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{where}: no JSON ({str(error)[:100]}); write an object, like '{{\"top_k\": 5}}'") from None
    if not isinstance(fields, dict):
        raise UsageError(f"{where}: JSON, but no object; write one like '{{\"top_k\": 5}}'")
    for name, reason in _OWN.items():
        if name in fields:
            raise UsageError(f"{where}: '{name}' cannot be set there; {reason}")
    return json.dumps(fields, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _no_json(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")
