"""What an annotator reads and types in a terminal: conversations, variables and marks in lines of 80 columns."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from empa_graph.cli.plain import one_line, plain
from empa_graph.distill.anchors import Shown
from empa_graph.distill.mark_rows import value_of, value_text
from empa_graph.distill.marks import Mark, Value, Variable, fault, is_person
from empa_graph.distill.records import Conversation
from empa_graph.errors import UsageError

COLUMNS = 80
_SEATS = {"persona": "person", "empathic": "other"}


def told(mark: Mark, variable: Variable) -> str:
    """Return who marked what, with the words it stands on and the reason."""
    words = "".join(f', message {quote.turn} "{one_line(quote.text)}"' for quote in mark.quotes)
    reason = f", since {one_line(mark.reason)}" if mark.reason else ""
    kind = "" if is_person(mark.annotator) else " (machine)"
    return f"{one_line(mark.annotator)}{kind}: {value_text(mark.value, variable)}{words}{reason}"


def typed(one: Shown, text: str) -> Value:
    """Return the value that was typed: a number, or words by themselves or by their place in the list, ``-`` for none.

    Raises UsageError.
    """
    value = _read(one.variable, text)
    if wrong := fault(one.variable, value):
        raise UsageError(wrong)
    return value


def _read(variable: Variable, text: str) -> Value:
    if not variable.allowed:
        return value_of(text, variable)
    if variable.scale == "set" and text == "-":
        return ()
    tokens = [token for token in re.split(r"[\s;>,]+", text) if token]
    words = tuple(_word(token, variable.allowed) for token in tokens)
    return words if variable.scale in ("set", "order") else " ".join(words)


def _word(token: str, allowed: tuple[str, ...]) -> str:
    return allowed[int(token) - 1] if token.isdecimal() and 1 <= int(token[:4]) <= len(allowed) else token


def asked_as(one: Shown) -> str:
    """Return a variable as it is asked: its title, the question, and what each value means."""
    variable = one.variable
    how = {
        "set": "several, by number or word; - for none of them",
        "order": "all, the strongest first, by number or word",
        "nominal": "one, by number or word",
    }.get(variable.scale, "one, by number or word" if variable.allowed else "a number")
    lines = [wrapped(f"[{variable.id}] {one.title}"), wrapped(f"{variable.question} ({how})")]
    for place, anchor in enumerate(one.anchors, start=1):
        mark = f"{place} {anchor.value}" if variable.allowed else anchor.value
        lines.append(wrapped(f"{mark}: {anchor.text}", indent="  "))
    return "\n".join(lines)


def read(talk: Conversation) -> str:
    """Return a conversation as it is read: each message with its number, none of its lines like one of ours."""
    return "\n".join(_lines(talk))


def _lines(talk: Conversation) -> Iterator[str]:
    for number, turn in enumerate(talk.turns):
        rail = " " * 4 + "| "
        for place, line in enumerate(plain(turn.text).splitlines() or [""]):
            first = f"{number:>3} {_SEATS[turn.speaker]}: " if not place else rail
            yield (
                textwrap.fill(line, COLUMNS, initial_indent=first, subsequent_indent=rail, break_on_hyphens=False)
                or first
            )


def wrapped(text: str, *, indent: str = "") -> str:
    """Return a line of ours in at most 80 columns."""
    return textwrap.fill(
        one_line(text),
        COLUMNS,
        initial_indent=indent,
        subsequent_indent=" " * (len(indent) + 2),
        break_on_hyphens=False,
    )
