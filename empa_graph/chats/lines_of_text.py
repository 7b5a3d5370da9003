"""A conversation as plain text: ``[31.12.2025, 21:41] Name: ...`` as WhatsApp exports it, or ``Name: ...``.

The file is one conversation. A line that begins no message goes on with the one before; a line with a time and without
a name is a notice and is kept aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from empa_graph.chats.chat_roles import Roles, is_known, speaker
from empa_graph.chats.pieces import LARGEST, ChatError, Fault, Piece, Said
from empa_graph.chats.source import Raw
from empa_graph.models.dialogue import LONGEST_REPLY

_DAY, _TIME = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
_STAMP = re.compile(rf"[\u200e\u200f]*\[?{_DAY},? {{1,3}}{_TIME}(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?(?:\]| -) {{0,3}}")
_NAMED = re.compile(r"[\u200e\u200f]*([^:\n]{1,60}): ?(.*)", re.DOTALL)


def is_text(line: str, roles: Roles) -> bool:
    """Say whether a line begins a message of a conversation as text."""
    stamp = _STAMP.match(line)
    found = _NAMED.match(line)
    return stamp is not None or (found is not None and is_known(found[1], roles))


def spoken(raws: Iterator[Raw], roles: Roles) -> Iterator[Piece | Fault]:
    """Yield the messages of a conversation, each when the next begins or the text ends."""
    held: Piece | None = None
    for raw in raws:
        try:
            begun = _begun(_text(raw), roles)
        except ChatError as error:
            yield error.at(raw.line, row=True)
            continue
        if isinstance(begun, Piece):
            if held is not None:
                yield _ended(held)
            held = begun._replace(line=raw.line)
        elif held is not None:
            held = _continued(held, begun)
        elif begun:
            yield Fault(raw.line, "text before the first message", "wrong_row", row=True)
    if held is not None:
        yield _ended(held)


def _text(raw: Raw) -> str:
    if raw.data is None:
        raise ChatError(f"more than the allowed {LARGEST:,} bytes", "oversized")
    try:
        return raw.data.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ChatError(f"not UTF-8 text (byte {error.start})", "not_utf8") from None


def _begun(line: str, roles: Roles) -> Piece | str:
    """Return the message that a line begins, or what it adds to the one before. Raises ChatError."""
    stamp = _STAMP.match(line)
    found = _NAMED.match(line, stamp.end() if stamp else 0)
    if stamp is None and (found is None or not is_known(found[1], roles)):
        return line
    if found is None:
        return Piece(None, (None,), "row")
    who = speaker(found[1], roles, "name")
    return Piece(None, (None if who is None else Said(who, found[2]),), "row")


def _ended(held: Piece) -> Piece:
    (said,) = held.messages
    return held if said is None else held._replace(messages=(said._replace(text=said.text.rstrip()),))


def _continued(held: Piece, line: str) -> Piece:
    (said,) = held.messages
    if said is None or len(said.text) > LONGEST_REPLY:  # too long already, and refused for it
        return held
    return held._replace(messages=(said._replace(text=f"{said.text}\n{line}"),))
