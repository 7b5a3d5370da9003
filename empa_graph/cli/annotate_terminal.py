"""``empa annotate --terminal``: one conversation after the other, variable by variable, line by line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, NamedTuple

from empa_graph.cli.annotate_lines import asked_as, read, told, typed, wrapped
from empa_graph.cli.plain import one_line
from empa_graph.distill.anchors import Shown
from empa_graph.distill.annotating import NOTICE, Annotating
from empa_graph.distill.mark_rows import quote_of, value_text
from empa_graph.distill.marks import Quote, Value
from empa_graph.errors import UsageError

HELP = (
    "Enter: cannot tell. /clear: take a mark back. /talk: read it again. /skip: leave this conversation out. "
    "/quit: go on another time.",
    "Where an anchor speaks of a card or a goal, read: the conversation, and what the person is after.",
)
_Way = Literal["on", "skip", "quit"]


class Desk(NamedTuple):
    """Who annotates, what is asked of them (None: nobody is there any more), and what is said to them."""

    work: Annotating
    ask: Callable[[str], str | None]
    say: Callable[[str], None]


def annotated(desk: Desk) -> bool:
    """Go through what is open, and say whether nothing is left; every mark is kept as it is made."""
    desk.say("\n".join(wrapped(line) for line in NOTICE))
    while (id_ := desk.work.next_open()) is not None:
        done = desk.work.progress()
        desk.say(f"\n{done.done} of {done.total} done. Conversation {one_line(id_)}\n")
        way = _conversation(desk, id_)
        if way == "skip":
            desk.work.skip(id_)
            desk.say("Skipped.")
        elif way == "quit":
            return False
    done = desk.work.progress()
    desk.say(f"\n{done.done} of {done.total} done, {done.skipped} of them skipped.")
    return True


def _conversation(desk: Desk, id_: str) -> _Way:
    talk, own, aside = desk.work.talk(id_), desk.work.own(id_), set[str]()
    desk.say(read(talk))
    desk.say("\n" + "\n".join(map(wrapped, HELP)))
    asked = {one.variable.id: one for one in desk.work.shown}
    for name, one in asked.items():
        if name in own:
            continue
        way = _variable(desk, id_, one, aside)
        if way != "on":
            return way
    return _given(desk, id_, asked, aside)


def _variable(desk: Desk, id_: str, one: Shown, aside: set[str]) -> _Way:
    """Ask for the value of one variable until there is one, or it is left aside."""
    desk.say(f"\n{asked_as(one)}")
    while True:
        text = desk.ask("value> ")
        if text is None or text == "/quit":
            return "quit"
        if text == "/skip":
            return "skip"
        if text == "/talk":
            desk.say(read(desk.work.talk(id_)))
        elif text in ("", "/clear"):
            _left(desk, id_, one.variable.id, aside, clear=bool(text))
            return "on"
        elif _marked(desk, id_, one, text):
            aside.discard(one.variable.id)
            return "on"


def _left(desk: Desk, id_: str, name: str, aside: set[str], *, clear: bool) -> None:
    """Leave a variable as it is, without its mark if that is to be taken back; one without a mark is left aside."""
    if clear:
        desk.work.take_back(id_, name)
    if name not in desk.work.own(id_):
        aside.add(name)


def _marked(desk: Desk, id_: str, one: Shown, text: str) -> bool:
    """Keep a value, then its words and its reason as they come; say whether the value is one."""
    try:
        value = typed(one, text)
        desk.work.mark(id_, one.variable.id, value)
    except UsageError as error:
        desk.say(wrapped(str(error)))
        return False
    quotes = _quotes(desk, id_, one, value)
    if reason := desk.ask("why (Enter: no reason)> "):
        _kept(desk, id_, one, value, quotes, reason)
    return True


def _quotes(desk: Desk, id_: str, one: Shown, value: Value) -> tuple[Quote, ...]:
    found: tuple[Quote, ...] = ()
    while text := desk.ask("words it stands on, as 0: I cannot sleep (Enter: no more)> "):
        try:
            more = (*found, quote_of(text))
        except UsageError as error:
            desk.say(wrapped(str(error)))
            continue
        if _kept(desk, id_, one, value, more, ""):
            found = more
    return found


def _kept(desk: Desk, id_: str, one: Shown, value: Value, quotes: tuple[Quote, ...], reason: str) -> bool:
    try:
        desk.work.mark(id_, one.variable.id, value, quotes=quotes, reason=reason)
    except UsageError as error:
        desk.say(wrapped(str(error)))
        return False
    return True


def _given(desk: Desk, id_: str, asked: dict[str, Shown], aside: set[str]) -> _Way:
    """Ask whether the marks are given, until they are."""
    while True:
        left = [name for name in asked if name in aside]
        if left:
            desk.say("\n" + wrapped(f"Left aside: {', '.join(left)}."))
        text = desk.ask("\nEnter gives your marks; a variable's name changes one> ")
        if text is None or text in ("/quit", "/skip"):
            return "quit" if text is None else text[1:]  # type: ignore[return-value]
        if text in asked:
            way = _variable(desk, id_, asked[text], aside)
            if way != "on":
                return way
        elif text:
            desk.say(wrapped(f"'{text[:80]}' is no variable; they are {', '.join(asked)}"))
        else:
            try:
                desk.work.give(id_, left=left)
            except UsageError as error:
                desk.say(wrapped(str(error)))
                continue
            desk.say(_others(desk, id_))
            return "on"


def _others(desk: Desk, id_: str) -> str:
    own, known, others = desk.work.own(id_), desk.work.store.variables, desk.work.others(id_)
    lines = [
        wrapped(
            f"{mark.variable}: {told(mark, known[mark.variable])}; you: {value_text(mine.value, known[mark.variable])}"
        )
        for mark in others
        if (mine := own.get(mark.variable)) is not None and mine.value != mark.value
    ]
    if not others:
        return "Given. Nobody else has marked this one yet."
    return "\n".join(["Given. Others marked otherwise:", *lines]) if lines else "Given. Others marked the same."
