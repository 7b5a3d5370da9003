"""Redaction: what rules find in what is said is replaced before it is kept, judged or sent on.

Rule: a text that cannot be redacted in time is not passed on at all.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import time
import typing
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Annotated, TypeVar

import regex
from pydantic import AfterValidator, Field, RootModel, StringConstraints

from empa_graph.content.loading import load_model
from empa_graph.errors import ContentError, NotFoundError, ProviderError, RoleError
from empa_graph.llm import Completion, ToolCall
from empa_graph.llm.keys import KnownKeys
from empa_graph.models.dialogue import Message
from empa_graph.roles.identifiers import BASIC, Rule
from empa_graph.roles.views import Role, is_ours, ours

MOST_RULES = 100
LONGEST_PATTERN = 2_000
SECONDS = 5.0
"""Processor time that one text may take."""
_LITERAL = regex.compile(r'"(?:[^"\\]|\\.)*+"', regex.DOTALL)
_Role = TypeVar("_Role", bound=Role)


def _pattern(text: str) -> str:
    try:
        compiled = regex.compile(text)
    except regex.error as error:
        raise ValueError(f"not a regular expression ({error})") from None
    if compiled.search(""):
        raise ValueError("this matches where there is nothing")
    return text


_Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,31}$")]
_Pattern = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_PATTERN), AfterValidator(_pattern)]


class _File(RootModel[Annotated[dict[_Name, _Pattern], Field(min_length=1, max_length=MOST_RULES)]]):
    """A rule's name and its regular expression."""


@dataclass(frozen=True)
class Redaction:
    """Replaces each match of ``rules`` by the rule's ``[name]``, in their order, until none is left.

    A name is in small letters, so that no placeholder is a control word of a chat template. Placeholders are left
    alone, so redacting twice is redacting once; the rules see the text between them, not what stands beyond.
    """

    rules: tuple[Rule, ...]
    seconds: float = SECONDS

    def text(self, said: str) -> str:
        """Return ``said`` redacted. Raises ProviderError of kind "redaction_timeout", with no word of ``said``."""
        end = time.thread_time() + self.seconds
        pieces, changed = self._placeholders.split(said), True
        while changed:
            changed = False
            for rule, pattern in self._compiled:
                found = [part for piece in pieces for part in self._parts(piece, rule, pattern, end)]
                changed = changed or len(found) > len(pieces)
                pieces = found
        return "".join(pieces)

    def structured(self, answer: str) -> str:
        """Return ``answer`` redacted; of one that is JSON the strings alone, so that its numbers stay numbers."""
        try:
            json.loads(answer)
        except (ValueError, RecursionError):
            return self.text(answer)
        return _LITERAL.sub(lambda literal: self._literal(literal[0]), answer)

    def completion(self, answer: Completion, *, structured: bool = False) -> Completion:
        """Return ``answer`` with its text redacted, as JSON when ``structured``, and its calls."""
        text = self.structured(answer.text) if structured else self.text(answer.text)
        calls = tuple(ToolCall(name=self.text(c.name), arguments=self.structured(c.arguments)) for c in answer.calls)
        return answer.model_copy(update={"text": text, "calls": calls})

    def message(self, said: Message) -> Message:
        """Return ``said`` redacted: its content, and the texts of the agent's own state."""
        state = said.agent_state and json.loads(self.structured(json.dumps(said.agent_state)))
        return said.model_copy(update={"content": self.text(said.content), "agent_state": state})

    @property
    def sha256(self) -> str:
        """SHA-256 of the rules, for a manifest."""
        told = [[rule.name, rule.pattern, rule.measure.__name__ if rule.measure else None] for rule in self.rules]
        return hashlib.sha256(json.dumps(told).encode()).hexdigest()

    @cached_property
    def _compiled(self) -> tuple[tuple[Rule, regex.Pattern[str]], ...]:
        return tuple((rule, regex.compile(rule.pattern)) for rule in self.rules)

    @cached_property
    def _placeholders(self) -> regex.Pattern[str]:
        return regex.compile(rf"(\[(?:{'|'.join(sorted({rule.name for rule in self.rules}))})\])")

    def _parts(self, piece: str, rule: Rule, pattern: regex.Pattern[str], end: float) -> Iterator[str]:
        """Yield ``piece`` in parts, with a placeholder in the place of each match."""
        if not piece or self._placeholders.fullmatch(piece):
            yield piece
            return
        start = 0
        for first, last in matches(piece, rule, pattern, end):
            yield from (piece[start:first], f"[{rule.name}]")
            start = last
        yield piece[start:]

    def _literal(self, literal: str) -> str:
        said = str(json.loads(literal))
        redacted = self.text(said)
        return literal if redacted == said else json.dumps(redacted)


def matches(text: str, rule: Rule, pattern: regex.Pattern[str], end: float) -> Iterator[tuple[int, int]]:
    """Yield where the matches of ``rule`` begin and end; none is empty and none overlap.

    ``end``: the processor time of this thread by which it must be done. Raises ProviderError of kind
    "redaction_timeout", with no word of ``text``.
    """
    at = 0
    while at < len(text):
        left = end - time.thread_time()
        try:
            found = pattern.search(text, at, timeout=left) if left > 0 else None
        except TimeoutError:
            left = 0.0
            found = None
        if left <= 0:
            detail = f"redaction rule '{rule.name}' took too long over a text of {len(text):,} characters"
            raise ProviderError(detail, kind="redaction_timeout", blame="us")
        if found is None:
            return
        length = rule.measure(found[0]) if rule.measure else len(found[0])
        if length:
            yield found.start(), found.start() + length
        at = found.start() + max(length, 1)


def load_redaction(spec: str) -> Redaction:
    """Return the rules that ``spec`` names: ``basic``, a YAML file of names and patterns, or several with commas.

    Raises NotFoundError, ContentError (a name twice, a pattern that does not compile) in one line.
    """
    rules: list[Rule] = []
    for place in (part.strip() for part in spec.split(",")):
        fresh = BASIC if place == "basic" else _read(place)
        twice = {rule.name for rule in rules} & {rule.name for rule in fresh}
        if twice:
            raise ContentError(f"{place}: {min(twice)}: a rule of this name stands before it already")
        rules += fresh
    return Redaction(tuple(rules))


def _read(place: str) -> tuple[Rule, ...]:
    if not place.endswith((".yaml", ".yml")):
        raise NotFoundError("set of redaction rules", place, ["basic"], where="--redact")
    return tuple(Rule(name, pattern) for name, pattern in load_model(Path(place), _File).root.items())


class Listener(typing.Protocol):
    """What replaces the parts of a message that are not to be kept."""

    def message(self, said: Message) -> Message:
        """Return ``said`` redacted."""


def redacted_speaker(role: _Role, redaction: Listener) -> _Role:
    """Return ``role``, a persona or an empathic role, with what it says redacted before it enters the state.

    Of what it says when it crashes, the keys are hidden and nothing else.
    """

    async def speak(view: object) -> object:
        try:
            write = await role(view)
        except Exception as error:
            if isinstance(redaction, KnownKeys):
                _hide_keys(error, redaction)
            raise
        messages = write.get("messages") if isinstance(write, dict) else None
        if not isinstance(messages, list):
            return write  # the graph refuses it, and says why
        return {**write, "messages": [redaction.message(m) if isinstance(m, Message) else m for m in messages]}

    call = role if inspect.isroutine(role) else type(role).__call__
    if is_ours(role):
        ours(speak)
    try:
        # The graph reads what a seat sees and writes from here.
        speak.__annotations__ = typing.get_type_hints(call)
    except (NameError, TypeError):
        speak.__annotations__ = {}
    return typing.cast(_Role, speak)


def _hide_keys(error: Exception, keys: KnownKeys) -> None:
    """Let ``error`` tell no key. Raises RoleError in its place where its message cannot be changed."""
    told = keys.text(str(error))
    if told == str(error):
        return
    error.args = (told,)
    if str(error) != told:
        raise RoleError(f"{type(error).__name__}: {told[:300]}", blame="empathic", kind="role_crashed") from None
