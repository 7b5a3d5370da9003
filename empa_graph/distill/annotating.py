"""The work of one annotator on a distill folder: which conversations, in what order, what is marked and what is seen.

Rule: what others marked of a conversation is seen once one's own marks of it are given, and not before.
"""

from __future__ import annotations

import hashlib
import heapq
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from pydantic import ValidationError

from empa_graph.distill.anchors import Shown, shown
from empa_graph.distill.mark_store import MarkStore, State
from empa_graph.distill.marks import Mark, Quote, Value, is_person, quote_fault
from empa_graph.distill.records import Conversation
from empa_graph.errors import NotFoundError, UsageError

NOTICE = (
    "These are conversations of people in distress. Some speak of violence, self-harm or suicide.",
    "You may skip any of them, at any time; nobody asks why. Stop when you have had enough: every mark is kept "
    "as it is made.",
    "If one stays with you, talk to somebody you trust. For help at once, call the crisis line or the emergency "
    "number of where you are.",
    "Names were taken out by rules that miss some. Pass nothing on, and look nobody up.",
)
"""What an annotator reads before the first conversation."""


class Progress(NamedTuple):
    """How far an annotator is."""

    given: int
    skipped: int
    total: int

    @property
    def done(self) -> int:
        """Conversations that are given or skipped."""
        return self.given + self.skipped


def annotator_named(name: str) -> str:
    """Return the name of a person who annotates. Raises UsageError for one that would be no name, or a machine's."""
    try:
        Mark(conversation="", variable="", annotator=name, value="")
    except ValidationError:
        raise UsageError(
            f"--annotator '{name[:80]}': allowed are up to 80 letters, digits and . _ - + @ /, without a space"
        ) from None
    if not is_person(name):
        raise UsageError(f"--annotator '{name[:80]}': is the name of a machine; a person's has no colon")
    return name


def sampled(talks: Iterable[Conversation], size: int | None, *, seed: int) -> list[Conversation]:
    """Return ``size`` conversations in an order that ``seed`` gives; a smaller sample is the beginning of a larger."""

    def place(talk: Conversation) -> bytes:
        return hashlib.sha256(f"{seed}:{talk.id}".encode()).digest()

    return sorted(talks, key=place) if size is None else heapq.nsmallest(size, talks, key=place)


def as_said(talk: Conversation, quote: Quote) -> Quote:
    """Return ``quote`` with the spaces that its message has there. Raises UsageError where it says other words."""
    if (wrong := quote_fault(talk, quote)) is None:
        return quote
    words = r"\s+".join(map(re.escape, quote.text.split()))
    found = re.search(words, talk.turns[quote.turn].text) if words and quote.turn < len(talk.turns) else None
    if found is None:
        raise UsageError(wrong)
    try:
        return Quote(turn=quote.turn, text=found[0])
    except ValidationError:
        raise UsageError("quote: it is longer than 600 characters") from None


class Annotating:
    """What one annotator does to the conversations they were given."""

    def __init__(self, store: MarkStore, talks: Sequence[Conversation], annotator: str) -> None:
        """Put the conversations that others have begun before the others, each in the order of ``talks``."""
        self.store, self.annotator = store, annotator_named(annotator)
        begun = {mark.conversation for mark in store.marks() if self._is_other(mark) and is_person(mark.annotator)}
        self.talks = {talk.id: talk for talk in sorted(talks, key=lambda talk: talk.id not in begun)}

    @property
    def shown(self) -> tuple[Shown, ...]:
        """What is asked of a conversation, with its anchors. Raises UsageError for a store without a space."""
        if (space := self.store.space) is None:
            raise UsageError(f"{self.store.folder}: nothing is marked yet, so its space has to be named")
        return shown(space)

    def _is_other(self, mark: Mark) -> bool:
        return mark.annotator != self.annotator

    def progress(self) -> Progress:
        """Return how far they are."""
        states = [state for talk, state in self.store.states(self.annotator).items() if talk in self.talks]
        return Progress(states.count("given"), states.count("skipped"), len(self.talks))

    def talk(self, id_: str) -> Conversation:
        """Return a conversation. Raises NotFoundError for one that is not among theirs."""
        if id_ not in self.talks:
            raise NotFoundError("conversation", id_, self.talks)
        return self.talks[id_]

    def state(self, id_: str) -> State:
        """Return how far they are with a conversation."""
        return self.store.state(self.talk(id_).id, self.annotator)

    def next_open(self, after: str | None = None) -> str | None:
        """Return the first conversation that is neither given nor skipped, behind ``after`` if there is one."""
        states, ids = self.store.states(self.annotator), list(self.talks)
        begin = ids.index(after) + 1 if after in self.talks else 0
        return next((id_ for id_ in ids[begin:] + ids[:begin] if states.get(id_, "open") == "open"), None)

    def own(self, id_: str) -> dict[str, Mark]:
        """Return their current marks of a conversation, by variable."""
        return {mark.variable: mark for mark in self.store.marks(self.talk(id_).id, self.annotator)}

    def others(self, id_: str) -> tuple[Mark, ...]:
        """Return what others marked of a conversation, people and machines; nothing until their own is given."""
        if self.state(id_) != "given":
            return ()
        return tuple(mark for mark in self.store.marks(id_) if self._is_other(mark))

    def mark(self, id_: str, variable: str, value: Value, *, quotes: Sequence[Quote] = (), reason: str = "") -> Mark:
        """Keep a mark; durable on return. Raises UsageError for a value, words or a reason that do not fit."""
        talk = self.talk(id_)
        quotes = [as_said(talk, quote) for quote in quotes]
        try:
            made = Mark(
                conversation=talk.id,
                variable=variable,
                annotator=self.annotator,
                value=value,
                quotes=tuple(dict.fromkeys(quotes)),
                reason=reason,
                at=datetime.now(UTC).replace(microsecond=0),
            )
        except ValidationError as error:
            fault = error.errors(include_url=False, include_input=False)[0]
            raise UsageError(f"{fault['loc'][0]}: {fault['msg']}") from None
        self.store.add([made])
        return made

    def take_back(self, id_: str, variable: str) -> None:
        """Let their mark of a variable stand no longer."""
        if variable in self.own(id_):
            self.store.take_back(id_, variable, self.annotator)

    def unmarked(self, id_: str) -> tuple[str, ...]:
        """Return the variables that they have not marked."""
        own = self.own(id_)
        return tuple(name for name in self.store.variables if name not in own)

    def give(self, id_: str, *, left: Iterable[str] = ()) -> None:
        """Say that their marks of a conversation are given, ``left`` aside: what they cannot tell.

        Raises UsageError where nothing is marked, or something is neither marked nor left aside.
        """
        own, unmarked, aside = self.own(id_), self.unmarked(id_), set(left)
        if not own:
            raise UsageError("nothing is marked; a conversation can be skipped")
        if missing := [name for name in unmarked if name not in aside]:
            raise UsageError(f"not marked: {', '.join(missing)}")
        self.store.say("given", id_, self.annotator)

    def skip(self, id_: str) -> None:
        """Leave a conversation out; nobody asks why, and marks that were made stay."""
        if self.state(id_) != "given":
            self.store.say("skipped", id_, self.annotator)

    def take_up(self, id_: str) -> None:
        """Take a skipped conversation up again."""
        if self.state(id_) == "skipped":
            self.store.say("open", id_, self.annotator)
