"""The keys that a run knows, hidden in whatever a server or an agent says before anybody keeps or reads it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import takewhile
from urllib.parse import quote

from empa_graph.llm.chat import Completion, ToolCall
from empa_graph.models.dialogue import Message

HIDDEN = "[key]"
SHORTEST = 8
"""Characters of the shortest key, and of the shortest piece of one, that is looked for."""


class KnownKeys:
    """Replaces each key by ``[key]``: as it is, as it stands in a URL or in JSON, and its beginning where it was cut.

    The beginning of a key counts as cut at the end of the text and before dots or asterisks; with a digit in it
    before any other character that is no letter or digit.
    """

    def __init__(self, keys: Iterable[str | None] = ()) -> None:
        self._forms: tuple[str, ...] = ()
        self.learn(keys)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def learn(self, keys: Iterable[str | None]) -> None:
        """Hide ``keys`` too, those that are long enough."""
        long = [key for key in keys if key and len(key.strip()) >= SHORTEST]
        fresh = {form for key in long for form in (key, quote(key, safe=""), json.dumps(key)[1:-1])}
        self._forms = tuple(sorted({*self._forms, *fresh}, key=lambda form: (-len(form), form)))

    def text(self, said: str) -> str:
        """Return ``said`` without a key."""
        forms = [form for form in self._forms if form[:SHORTEST] in said]
        for form in forms:
            said = said.replace(form, HIDDEN)
        for form in forms:
            said = _without_pieces(said, form)
        return said

    def completion(self, answer: Completion, *, structured: bool = False) -> Completion:
        """Return ``answer`` without a key in its texts, names and calls; JSON stays JSON."""
        if not self._forms:
            return answer
        calls = tuple(ToolCall(name=self.text(c.name), arguments=self.text(c.arguments)) for c in answer.calls)
        told = {"text": self.text(answer.text), "model": self._name(answer.model), "calls": calls}
        return answer.model_copy(update={**told, "finish_reason": self._name(answer.finish_reason)})

    def message(self, said: Message) -> Message:
        """Return ``said`` without a key in its content and in what is known of the agent."""
        state = said.agent_state and json.loads(self.text(json.dumps(said.agent_state)))
        told = {"content": self.text(said.content), "model": self._name(said.model), "agent_state": state}
        return said.model_copy(update={**told, "finish_reason": self._name(said.finish_reason)})

    def _name(self, name: str | None) -> str | None:
        return name and self.text(name)


def _without_pieces(said: str, key: str) -> str:
    """Return ``said`` with the beginnings of ``key`` replaced at which it was cut."""
    at = 0
    while (at := said.find(key[:SHORTEST], at)) >= 0:
        pairs = zip(said[at : at + len(key)], key, strict=False)
        piece = key[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))]
        rest = said[at + len(piece) :]
        if _is_cut(piece, rest):
            said = said[:at] + HIDDEN + rest
        at += 1
    return said


def _is_cut(piece: str, rest: str) -> bool:
    if not rest.strip() or rest.startswith(("...", "…", "*")):
        return True
    return not rest[0].isalnum() and any(character.isdigit() for character in piece)
