"""The formats that hold a conversation as a list of messages, or as a prompt and what completes it."""

from __future__ import annotations

from collections.abc import Mapping

from empa_graph.chats.chat_roles import Roles
from empa_graph.chats.messages import Fields, Json, first, message, messages
from empa_graph.chats.pieces import ChatError, Messages, Piece, Said, named
from empa_graph.models.dialogue import Speaker

CHAT = Fields()
SHAREGPT = Fields(("from",), ("value",))
LANGCHAIN = Fields(("type",))
ESCONV = Fields(("speaker",), ("content", "text"))
EMPA = Fields(("speaker",))
IDS = ("conversation", "conversation_id", "id")
"""The fields that may name a conversation; the first counts."""
COMPLETIONS = ("completion", "response")
ESCONV_ROLES: dict[str, Speaker | None] = {"sys": "empathic"}
_LANGCHAIN_CLASSES = {"HumanMessage": "human", "AIMessage": "ai", "SystemMessage": "system", "ToolMessage": "tool"}


def chat(value: Json, roles: Roles) -> Piece:
    """Read ``{"messages": [{"role", "content"}]}``; a content is a text or a list of blocks."""
    return _listed(value, "messages", CHAT, roles)


def sharegpt(value: Json, roles: Roles) -> Piece:
    """Read ``{"conversations": [{"from", "value"}]}``."""
    return _listed(value, "conversations", SHAREGPT, roles)


def esconv(value: Json, roles: Roles) -> Piece:
    """Read ``{"dialog": [{"speaker", "content"}]}``, where ``sys`` is the supporter."""
    return _listed(value, "dialog", ESCONV, ESCONV_ROLES | dict(roles))


def langchain(value: Json, roles: Roles) -> Piece:
    """Read messages as LangChain writes them: plain, under ``data``, or as ``dumps`` has them."""
    found = value.get("messages")
    plain = [langchain_plain(each) for each in found] if isinstance(found, list) else found
    return _listed({**value, "messages": plain}, "messages", LANGCHAIN, roles)


def episode(value: Json, roles: Roles) -> Piece:
    """Read an episode as ``empa export`` and ``empa score --out`` write it."""
    name = value.get("conversation")
    if name is None:
        name = "/".join(str(value.get(field))[:150] for field in ("scenario", "variant", "repeat"))
    found = messages(value.get("messages"), EMPA, roles, "messages")
    return Piece(named(name, "conversation"), found, beside=value)


def sample(value: Json, roles: Roles) -> Piece:
    """Read a sample of a log of Inspect, whose id is said again for every epoch."""
    name = f"{str(value.get('id'))[:150]}/{str(value.get('epoch'))[:40]}"
    return Piece(name, messages(value.get("messages"), CHAT, roles, "messages"), beside=value)


def pair(value: Json, roles: Roles) -> Piece:
    """Read ``{"prompt", "completion"}``, each a text or a list of messages."""
    answer = first(value, COMPLETIONS) or COMPLETIONS[0]
    asked = _half(value.get("prompt"), "prompt", "persona", roles)
    return Piece(_id(value), asked + _half(value.get(answer), answer, "empathic", roles), beside=value)


def one_message(value: Json, roles: Roles) -> Piece:
    """Read one message that stands alone; ``conversation`` says of which conversation it is."""
    fields = next((each for each in (CHAT, SHAREGPT, ESCONV, LANGCHAIN) if each.fit(langchain_plain(value))), CHAT)
    return Piece(
        named(value.get("conversation"), "conversation"),
        (message(langchain_plain(value), fields, roles, "message"),),
        kind="row",
        beside=value,
    )


def langchain_plain(found: object) -> object:
    """Return a message of LangChain as ``{"type", "content", ...}``, whichever of its three shapes it has."""
    if not isinstance(found, Mapping):
        return found
    if isinstance(inner := found.get("data"), Mapping) and "content" in inner:
        return {**inner, "type": found.get("type")}
    inner, path = found.get("kwargs"), found.get("id")
    if isinstance(inner, Mapping) and isinstance(path, list) and path and isinstance(path[-1], str):
        name = path[-1].removesuffix("Chunk")
        return {**inner, "type": _LANGCHAIN_CLASSES.get(name, name)}
    kind = found.get("type")
    if isinstance(kind, str) and kind.removesuffix("Chunk") in _LANGCHAIN_CLASSES:
        return {**found, "type": _LANGCHAIN_CLASSES[kind.removesuffix("Chunk")]}
    return found


def _listed(value: Json, field: str, fields: Fields, roles: Roles) -> Piece:
    return Piece(_id(value), messages(value.get(field), fields, roles, field), beside=value)


def _id(value: Json) -> str | None:
    field = next((name for name in IDS if value.get(name) is not None), IDS[0])
    return named(value.get(field), field)


def _half(found: object, where: str, speaker: Speaker, roles: Roles) -> Messages:
    if isinstance(found, str):
        return (Said(speaker, found),)
    if not isinstance(found, list):
        raise ChatError(f"{where}: allowed are a text or a list of messages", "no_conversation")
    return messages(found, CHAT, roles, where)
