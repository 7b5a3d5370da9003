"""Who annotates a folder: the offline axes or a model, and a hash of all that decides over their marks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues.heads import shipped_heads
from empa_graph.distill import offline
from empa_graph.distill.annotator_prompt import standing
from empa_graph.distill.marks import OFFLINE
from empa_graph.distill.model_marks import Marked, annotator_of, model_marks
from empa_graph.distill.offline_marks import check_space, offline_marks
from empa_graph.distill.records import Conversation
from empa_graph.errors import UsageError
from empa_graph.llm import Chat, Prices
from empa_graph.llm.endpoint import is_loopback
from empa_graph.llm.fingerprint import asked_with
from empa_graph.models.latent import Space
from empa_graph.roles.evaluator.asking import FIRST_WAIT, Pause
from empa_graph.seeds import digest_of

_HERE = ("local", "scripted")
"""Endpoints inside this process or of its own making, before a colon."""


class Annotator(NamedTuple):
    """Who marks; ``marked`` gives the outcome of one conversation and raises RunError where none can be had."""

    name: str
    asked: str
    """SHA-256 of what decides over the marks beside the conversation: its outcomes are found again by it."""
    marked: Callable[[Conversation], Awaitable[Marked]]
    at_once: int
    """Conversations in flight."""


def offline_annotator(space: Space) -> Annotator:
    """Return the offline axes. Raises UsageError for a space that they do not read."""
    check_space(space)

    async def marked(of: Conversation) -> Marked:
        return Marked(conversation=of.id, marks=offline_marks(of, space))

    return Annotator(OFFLINE, _digest(OFFLINE, space.model_dump_json(), _rules(), shipped_heads().sha256), marked, 1)


def model_annotator(
    chat: Chat,
    space: Space,
    *,
    prices: Prices | None = None,
    seed: int = 0,
    at_once: int = 4,
    first_wait: float = FIRST_WAIT,
    pause: Pause = asyncio.sleep,
) -> Annotator:
    """Return a model as annotator."""

    async def marked(of: Conversation) -> Marked:
        return await model_marks(chat, of, space, seed=seed, prices=prices, first_wait=first_wait, pause=pause)

    told, schema, _ = standing(space)
    parts = (chat.endpoint, told, json.dumps(schema.model_json_schema()), json.dumps(asked_with(chat, seed)))
    name = annotator_of(chat)
    return Annotator(name, _digest(name, *parts), marked, at_once)


def is_hosted(chat: Chat) -> bool:
    """Say whether what ``chat`` is asked leaves this machine."""
    return chat.endpoint.partition(":")[0] not in _HERE and not is_loopback(chat.endpoint)


def check_sending(chat: Chat, *, offline: bool, send: bool) -> None:
    """Raise UsageError where text of the corpus would leave this machine without leave."""
    if not is_hosted(chat):
        return
    said = f"'{chat.name[:200]}' answers at {chat.endpoint}, outside this machine"
    if offline:
        raise UsageError(f"{said}: --offline and a hosted model exclude each other")
    if not send:
        raise UsageError(f"{said}: the redacted text is sent there with --send-to-model only")


def _rules() -> str:
    here = Path(offline.__file__).parent
    files = sorted([*here.glob("*.py"), *here.glob("*.txt"), here.parent / "offline_marks.py"])
    return _digest(*(f"{file.name}\n{file.read_text(encoding='utf-8')}" for file in files))


def _digest(*parts: str) -> str:
    return digest_of(json.dumps(parts))
