"""The one reader of chat logs: a stream in any of `FORMATS` as pieces and faults, in bounded memory."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from io import BufferedReader, BytesIO
from itertools import chain, islice
from types import MappingProxyType
from typing import BinaryIO, NamedTuple

from pydantic_core import from_json

from empa_graph.chats import json_chats, lines_of_text, tables
from empa_graph.chats.apart import together
from empa_graph.chats.chat_roles import Roles, told_roles
from empa_graph.chats.formats import AUTO, Framing, format_named
from empa_graph.chats.json_values import ANY, ends_in_container, values
from empa_graph.chats.named_lines import is_talk
from empa_graph.chats.pieces import PARTS, Fault, Piece
from empa_graph.chats.source import HEAD, Raw, arriving, decoded, lines

_PLAIN = rb'\s*+"[^"\\]{1,40}+"\s*+:\s*+(?:[^][{}",\s]{1,40}+|"[^"\\]{0,200}+")\s*+,'
_PAGE = re.compile(rb'\{(?:%s){0,20}+\s*+"(?:%s)"\s*+:\s*+\[' % (_PLAIN, ANY))
"""An object that begins with a field of `CONTAINERS`, or with it behind some plain ones."""


class How(NamedTuple):
    """How chats are to be read."""

    format: str = AUTO
    """`AUTO`, or a name of `FORMATS`."""
    roles: Roles = MappingProxyType({})
    """Who further names of roles are."""


AS_IT_LOOKS = How()


def told_how(format: str, roles: Iterable[str]) -> How:  # noqa: A002
    """Return how to read what a name of a format and words ``NAME=SEAT`` tell. Raises UsageError."""
    format_named(format)
    return How(format, told_roles(roles))


def pieces(stream: BinaryIO, how: How = AS_IT_LOOKS) -> Iterator[Piece | Fault]:
    """Yield what a stream holds, to its end; conversations in parts only when all of it is known.

    Raises ChatError where it is no text, NotFoundError for the format.
    """
    start = stream.tell() if stream.seekable() else None
    source = decoded(stream, head=HEAD)
    head = source.peek()[:HEAD]
    if not _in_parts(head, how, again=start is not None):
        return _of_source(source, how)
    if start is None:
        return together(source, lambda copied: _of_source(decoded(copied, head=HEAD), how))
    stream.seek(start)
    return together(stream, lambda stream: _of_source(decoded(stream, head=HEAD), how))


def _of_source(source: BufferedReader, how: How) -> Iterator[Piece | Fault]:
    head = source.peek()[:HEAD]
    framing = _framing(head, how)
    if framing == "json" and not _by_line(head):
        return _of_values(iter(lambda: source.read1(HEAD), b""), how)
    return _of_lines(framing, lines(source), how)


def _in_parts(head: bytes, how: How, *, again: bool) -> bool:
    """Say whether a stream holds rows or calls of several conversations, as it begins.

    One that can be read ``again`` may, too, where its first value is cut off by the end of what is looked at.
    """
    framing = _framing(head, how)
    if framing != "json":
        return framing == "csv"
    first = next(_of_source(BufferedReader(BytesIO(head), HEAD), how), None)
    if isinstance(first, Piece):
        return first.kind in PARTS
    return again and first is not None and first.cause in ("not_json", "not_utf8")


def live_pieces(found: Iterable[bytes], how: How = AS_IT_LOOKS) -> Iterator[Piece | Fault]:
    """Yield what each line says as soon as it came; the first one shows the format. Raises as `pieces` does."""
    arrived = arriving(found)
    first = list(islice((raw for raw in arrived if not raw.blank), 1))
    if first and _begins(first[0].data or b""):  # only what follows tells an object over several lines from a cut one
        first += islice(arrived, 1)
    head = b"".join(raw.data or b"" for raw in first)[:HEAD]
    framing = _framing(head, how)
    rest = chain(first, arrived)
    if framing == "json" and not _by_line(head) and (_PAGE.match(head) or not _is_json(head)):
        yield from _of_values((raw.data or b"" for raw in rest), how, line=first[0].line)
    else:
        yield from _of_lines(framing, rest, how, live=True)


def _of_values(blocks: Iterable[bytes], how: How, *, line: int = 1) -> Iterator[Piece | Fault]:
    return json_chats.conversations(values(blocks, line=line), how.format, how.roles, loose="row")


def _of_lines(framing: Framing, raws: Iterator[Raw], how: How, *, live: bool = False) -> Iterator[Piece | Fault]:
    if framing == "csv":
        return tables.rows(raws, how.roles)
    if framing == "text":
        return lines_of_text.spoken(raws, how.roles, live=live)
    return json_chats.conversations(raws, how.format, how.roles, loose="message")


def _framing(head: bytes, how: How) -> Framing:
    known = format_named(how.format)
    if known is not None:
        return known.framing
    found = [line for line in head.decode(errors="replace").splitlines()[:20] if line.strip()]
    if found and lines_of_text.is_text(found[0], how.roles):
        return "text"
    if found and not found[0].lstrip().startswith(("{", "[")) and tables.table(found[0]) is not None:
        return "csv"
    if is_talk(found):
        return "text"
    return "json"


def _by_line(head: bytes) -> bool:
    """Say whether JSON that begins so stands a value a line, and not over several lines or in an array."""
    first, ended, rest = head.lstrip().partition(b"\n")
    second = rest.lstrip()[:1]
    if first.startswith(b"["):
        return bool(second) and second not in b"]," and _is_json(first)
    if not first.startswith(b"{"):
        return True
    if _PAGE.match(first) or ends_in_container(first.rstrip()):
        return False
    return not ended or second == b"{" or _is_json(first) or not _begins(first)


def _begins(line: bytes) -> bool:
    """Say whether a line looks like the first of several of one value."""
    return line.lstrip().startswith((b"{", b"[")) and line.rstrip().endswith((b"{", b"[", b","))


def _is_json(line: bytes) -> bool:
    try:
        from_json(line)
    except ValueError:
        return False
    return True
