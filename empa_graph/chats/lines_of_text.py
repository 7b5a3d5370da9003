"""A conversation as plain text: ``[31.12.2025, 21:41] Name: ...`` as WhatsApp exports it, or ``Name: ...``.

The file is one conversation. A line that begins no message goes on with the one before; a line with a time and without
a name is a notice and is kept aside. Where no times stand, a name that nobody is known by begins a message too, when it

- begins a second line,
- stands before anybody known has spoken, or
- begins the one line between two messages, and is no word with which a sentence goes on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from empa_graph.chats.chat_roles import Roles, is_known, speaker, unknown
from empa_graph.chats.named_lines import Names, label, names_one
from empa_graph.chats.pieces import LARGEST, ChatError, Fault, Piece, Said
from empa_graph.chats.source import Raw
from empa_graph.models.dialogue import LONGEST_REPLY

_DAY, _TIME = r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}", r"\d{1,2}[:.]\d{2}(?:[:.]\d{2})?"
_STAMP = re.compile(rf"[\u200e\u200f]*\[?{_DAY},? {{1,3}}{_TIME}(?:[ \u00a0\u202f]?[AaPp]\.?[Mm]\.?)?(?:\]| -) {{0,3}}")
_NAMED = re.compile(r"[\u200e\u200f]*([^:\n]{1,60}): ?(.*)", re.DOTALL)
_UNHEARD = Piece(None, (None,), "row")


def is_text(line: str, roles: Roles) -> bool:
    """Say whether a line begins a message of a conversation as text."""
    stamp = _STAMP.match(line)
    found = _NAMED.match(line)
    return stamp is not None or (found is not None and is_known(found[1], roles))


def spoken(raws: Iterator[Raw], roles: Roles, *, live: bool = False) -> Iterator[Piece | Fault]:
    """Yield the messages of a conversation, each when the next begins or the text ends.

    Of names that nobody is known by there is one fault at the end; with ``live`` one each, as soon as it is known.
    """
    text = _Text(roles, live)
    for raw in raws:
        yield from text.taken(raw)
    yield from text.ended()


@dataclass(slots=True)
class _Text:
    """What of a text is read and not yet told."""

    roles: Roles
    live: bool
    held: Piece | None = None
    doubt: list[Raw] = field(default_factory=list)
    """The one line behind that of ``held`` which a name begins, and a blank one behind it."""
    doubted: str = ""
    """That name."""
    names: Names = field(default_factory=Names)
    begun: bool = False
    """Whether somebody known has spoken."""
    stamped: bool = False
    """Whether the lines have times: then nothing without one begins a message of somebody unknown."""
    small: bool = False
    """Whether somebody known is written with a small letter."""
    first: int = 0
    """The line in which the first speaks whom nobody knows."""

    def taken(self, raw: Raw) -> Iterator[Piece | Fault]:
        try:
            line = _text(raw)
        except ChatError as error:
            yield from self._next(_UNHEARD._replace(line=raw.line))
            yield error.at(raw.line, row=True)
            return
        stamp = _STAMP.match(line)
        self.stamped = self.stamped or stamp is not None
        found = _NAMED.match(line, stamp.end() if stamp else 0)
        if found is not None and is_known(found[1], self.roles):
            self.begun = True
            self.small = self.small or line[:1].islower()
            who = speaker(found[1], self.roles, "name")
            said = None if who is None else Said(who, found[2])
            yield from self._next(Piece(None, (said,), "row", line=raw.line))
        elif stamp is None:
            yield from self._more(raw, line)
        elif found is None:
            yield from self._next(_UNHEARD._replace(line=raw.line))
        else:
            self.names.again(found[1])
            yield from self._unheard(raw.line, found[1])

    def ended(self) -> Iterator[Piece | Fault]:
        yield from self._next(None)
        if self.first and not self.live:
            yield self._fault(self.names.told()).at(self.first, row=True)

    def _next(self, begun: Piece | None) -> Iterator[Piece | Fault]:
        if self.held is not None:
            yield _ended(self.held)
        self.held = begun
        if self.doubt:
            line, self.doubt = self.doubt[0].line, []
            yield from self._unknown(line, self.doubted)

    def _more(self, raw: Raw, line: str) -> Iterator[Piece | Fault]:
        """Take a line that nobody known begins."""
        name = self._label(line)
        if name is not None and (self.names.again(name) or not self.begun):
            yield from self._unheard(raw.line, name)
        elif self.held is None:
            if line:
                yield Fault(raw.line, "text before the first message", "wrong_row", row=True)
        elif self.doubt and not line.strip():
            self.doubt = [self.doubt[0], raw]
        elif not self.doubt and name is not None and names_one(name) and _one_line(self.held):
            self.doubt, self.doubted = [raw], name
        else:
            for each in (*map(_text, self.doubt), line):
                self.held = _continued(self.held, each)
            self.doubt = []

    def _label(self, line: str) -> str | None:
        return None if self.stamped else label(line, small=self.small or not self.begun)

    def _unheard(self, line: int, name: str) -> Iterator[Piece | Fault]:
        yield from self._next(_UNHEARD._replace(line=line))
        yield from self._unknown(line, name)

    def _unknown(self, line: int, name: str) -> Iterator[Fault]:
        self.first = self.first or line
        if self.names.spoke(name) and self.live:
            yield self._fault([name]).at(line, row=True)

    def _fault(self, names: list[str]) -> ChatError:
        why = unknown(names, self.roles, "name" if len(names) == 1 else "names")
        return why if self.stamped else ChatError(f"{why}; a line that is no message may begin with a space", why.cause)


def _text(raw: Raw) -> str:
    if raw.data is None:
        raise ChatError(f"more than the allowed {LARGEST:,} bytes", "oversized")
    try:
        return raw.data.decode().rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ChatError(f"not UTF-8 text (byte {error.start})", "not_utf8") from None


def _ended(held: Piece) -> Piece:
    (said,) = held.messages
    return held if said is None else held._replace(messages=(said._replace(text=said.text.rstrip()),))


def _one_line(held: Piece) -> bool:
    (said,) = held.messages
    return said is None or "\n" not in said.text.rstrip()


def _continued(held: Piece, line: str) -> Piece:
    (said,) = held.messages
    if said is None or len(said.text) > LONGEST_REPLY:  # too long already, and refused for it
        return held
    return held._replace(messages=(said._replace(text=f"{said.text}\n{line}"),))
