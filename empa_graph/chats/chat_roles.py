"""Who is who in a chat log: the names that the formats give to the person, to the agent and to the others."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence

from empa_graph.chats.pieces import ChatError
from empa_graph.errors import UsageError
from empa_graph.models.dialogue import Speaker

PERSONA = ("user", "human", "person", "persona", "customer", "client", "patient", "seeker", "help_seeker", "usr")
EMPATHIC = (
    *("assistant", "ai", "agent", "bot", "chatbot", "gpt", "chatgpt", "model", "empathic"),
    *("supporter", "helper", "listener", "therapist", "counselor", "counsellor"),
)
ASIDE = ("system", "developer", "tool", "function", "function_call", "tool_call", "observation")
"""They say nothing to the other side."""
SPEAKERS: dict[str, Speaker | None] = {
    **dict.fromkeys(PERSONA, "persona"),
    **dict.fromkeys(EMPATHIC, "empathic"),
    **dict.fromkeys(ASIDE),
}
"""Who speaks, by the name of the role in small letters with underscores; None for one that is kept aside."""
NAMED = 5
"""Unknown names that a fault shows."""
Roles = Mapping[str, Speaker | None]
"""Further names, which come before those of `SPEAKERS`."""
_SEATS: Roles = {
    "persona": "persona",
    "user": "persona",
    "empathic": "empathic",
    "assistant": "empathic",
    "aside": None,
}


def speaker(name: object, roles: Roles, where: str) -> Speaker | None:
    """Return who a role is; None for one that says nothing to the other side. Raises ChatError for an unknown one."""
    if not isinstance(name, str):
        raise ChatError(f"{where}: no role; a text is needed", "unknown_role")
    word = plain_role(name)
    for known in (roles, SPEAKERS):
        if word in known:
            return known[word]
    raise unknown([name], roles, where)


def unknown(names: Sequence[str], roles: Roles, where: str) -> ChatError:
    """Return what says that these names, one or more, are nobody known."""
    shown = ", ".join(f"'{name[:50]}'" for name in names[:NAMED])
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    who = "that is" if len(names) == 1 else "they are"
    hint = f"if you know who {who}: --role NAME=persona or --role NAME=empathic"
    if len(names) == 1:
        known = [*roles, *SPEAKERS]
        near = difflib.get_close_matches(plain_role(names[0])[:50], known, n=1, cutoff=0.7)
        hint = f"did you mean '{near[0]}'?" if near else hint
    return ChatError(f"{where}: unknown role{'s' * (len(names) > 1)} {shown}{more}; {hint}", "unknown_role")


def plain_role(name: str) -> str:
    """Return a role as `SPEAKERS` has it."""
    return name.strip().lower().replace("-", "_").replace(" ", "_")


def is_known(name: str, roles: Roles) -> bool:
    """Say whether a role has a place."""
    return plain_role(name) in roles or plain_role(name) in SPEAKERS


def told_roles(words: Iterable[str]) -> Roles:
    """Return the roles of words ``NAME=persona``, ``NAME=empathic`` or ``NAME=aside``. Raises UsageError.

    The seats may be called ``user`` and ``assistant`` too, as most chats call them.
    """
    found: dict[str, Speaker | None] = {}
    for word in words:
        name, _, seat = word.rpartition("=")
        if not plain_role(name) or seat not in _SEATS:
            raise UsageError(f"--role '{word[:80]}': allowed are NAME=persona, NAME=empathic and NAME=aside")
        found[plain_role(name)] = _SEATS[seat]
    return found
