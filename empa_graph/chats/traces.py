"""Recorded calls as LangSmith and Langfuse export them: what came in and what went out, as one piece each.

A call holds what was said up to it. Calls of one thread, or one trace, that follow each other are one conversation.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import dropwhile

from empa_graph.chats.chat_roles import Roles
from empa_graph.chats.dialogues import CHAT, LANGCHAIN, langchain_plain
from empa_graph.chats.messages import Json, first, message
from empa_graph.chats.pieces import ChatError, Messages, Piece, Said, named
from empa_graph.models.dialogue import Speaker

_SPOKEN = frozenset({"llm", "chain", "generation", "span", "agent", "trace"})
"""The kinds of calls in which the two sides may speak; a retriever, a parser or a tool says nothing to the person."""
_THREADS = ("thread_id", "session_id", "conversation_id")
_WORDS: dict[Speaker, tuple[str, ...]] = {
    "persona": ("input", "question", "query", "prompt", "message", "text", "content"),
    "empathic": ("output", "answer", "response", "completion", "message", "text", "content"),
}
"""The fields of what came in and went out that hold words."""
DEEPEST = 6
"""Levels of lists and objects in which messages are looked for."""


def langsmith(value: Json, roles: Roles) -> Piece | None:
    """Read one run; None for one inside of a trace in which nobody speaks."""
    return _call(value, value.get("inputs"), value.get("outputs"), roles)


def langfuse(value: Json, roles: Roles) -> Piece | None:
    """Read one trace or observation; a trace that tells nothing itself is told by its observations."""
    inside = value.get("observations")
    if value.get("input") is None and value.get("output") is None and isinstance(inside, list):
        return _of_observations(value, inside, roles)
    return _call(value, value.get("input"), value.get("output"), roles)


def joined(earlier: Messages, later: Messages) -> Messages:
    """Return the conversation of two calls: the longer one where it begins as the other, else one behind the other."""
    one, other = _heard(earlier), _heard(later)
    if one and other[: len(one)] == one:
        return later
    return earlier if other and one[: len(other)] == other else earlier + later


def _heard(found: Messages) -> Messages:
    """Return what is said from the person's first message on; a greeting before it is not in every call."""
    return tuple(dropwhile(lambda said: said.speaker != "persona", filter(None, found)))


def _of_observations(value: Json, inside: list[object], roles: Roles) -> Piece:
    pieces = [langfuse(each, roles) for each in inside if isinstance(each, Mapping) and not each.get("observations")]
    found: Messages = ()
    for piece in sorted(filter(None, pieces), key=lambda piece: piece.at):
        found = joined(found, piece.messages)
    if not any(found):
        raise ChatError("no messages in the trace, nor in its observations", "no_conversation")
    return Piece(_thread(value), found, kind="trace", beside=value, at=_began(value))


def _call(value: Json, given: object, answer: object, roles: Roles) -> Piece | None:
    kind = value.get("run_type", value.get("type", "trace"))
    inner = first({k: v for k, v in value.items() if v}, ("parent_run_id", "parentObservationId", "traceId"))
    if not isinstance(kind, str) or kind.lower() not in _SPOKEN:
        return None
    asked, answered = _spoken(given, "persona", roles), _spoken(answer, "empathic", roles)
    found = joined(asked, answered)
    if not any(found):
        if inner is not None:
            return None
        raise ChatError("no messages in what came in and went out", "no_conversation")
    return Piece(_thread(value), found, kind="trace", beside=value, at=_began(value))


def _thread(value: Json) -> str | None:
    """Return the id of the conversation: that of the thread, else of the trace, else of the call."""
    extra = value.get("extra")
    places = [value.get("metadata"), extra.get("metadata") if isinstance(extra, Mapping) else None]
    ids = [place[name] for place in places if isinstance(place, Mapping) for name in _THREADS if place.get(name)]
    ids += [value[name] for name in ("sessionId", "thread_id", "trace_id", "traceId", "id") if value.get(name)]
    return named(ids[0] if ids else None, "id")


def _began(value: Json) -> str:
    return next((str(value[name])[:40] for name in ("start_time", "startTime", "timestamp") if value.get(name)), "")


def _spoken(found: object, speaker: Speaker, roles: Roles, depth: int = 0) -> Messages:
    """Return the messages in what came in (``persona``) or went out; a plain text is of that side."""
    if isinstance(found, str):
        return (Said(speaker, found),) if found else ()
    if depth >= DEEPEST:
        return ()
    if isinstance(found, list):
        return tuple(said for each in found for said in _spoken(each, speaker, roles, depth + 1))
    return _in_object(found, speaker, roles, depth) if isinstance(found, Mapping) else ()


def _in_object(found: Json, speaker: Speaker, roles: Roles, depth: int) -> Messages:
    plain = langchain_plain(found)
    if isinstance(plain, Mapping) and "content" in plain and (CHAT.fit(plain) or LANGCHAIN.fit(plain)):
        return (message(plain, CHAT if CHAT.fit(plain) else LANGCHAIN, roles, "message"),)
    if isinstance(found.get("messages"), list):
        return _spoken(found["messages"], speaker, roles, depth + 1)
    for name in ("generations", "choices"):
        if isinstance(several := found.get(name), list) and several:
            return _spoken(several[0], speaker, roles, depth + 1)
    word = first(found, _WORDS[speaker])
    return () if word is None else _spoken(found[word], speaker, roles, depth + 1)
