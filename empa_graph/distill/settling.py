"""What one person settles: the values on which annotators differ, with every mark, and what was settled before."""

from __future__ import annotations

from collections.abc import Mapping

from empa_graph.distill.agreed import Disagreement, disagreements
from empa_graph.distill.anchors import Shown, shown
from empa_graph.distill.annotating import annotator_named
from empa_graph.distill.mark_store import MarkStore
from empa_graph.distill.mark_tables import Settled
from empa_graph.distill.marks import Mark, Value
from empa_graph.distill.records import Conversation
from empa_graph.errors import NotFoundError, UsageError


class Settling:
    """What ``by`` settles of the conversations of a folder.

    Rule: of a conversation that they have begun to mark and not given, nothing is shown to them and nothing is settled;
    what they mark after they were shown the marks of others does not count for agreement.
    """

    def __init__(self, store: MarkStore, talks: Mapping[str, Conversation], by: str) -> None:
        """Settle disagreements about ``talks``, by id. Raises UsageError for a name that is no person's."""
        self.store, self.talks, self.by = store, talks, annotator_named(by)

    @property
    def asked(self) -> dict[str, Shown]:
        """What is asked of a conversation, by variable, in the order of the space; nothing without a space."""
        return {one.variable.id: one for one in shown(self.store.space)} if self.store.space else {}

    def left(self) -> tuple[Disagreement, ...]:
        """Return what is left to settle, the largest distance first (0 to 1, and more between far positions)."""
        if (space := self.store.space) is None:
            return ()
        found = disagreements(self.store.marks(), self.store.settled(), space)
        return tuple(one for one in found if one.conversation in self.talks)

    def settled(self) -> tuple[Settled, ...]:
        """Return the values that were settled, the one of each variable that stands, the earlier first."""
        return tuple(one for one in self.store.settled() if one.conversation in self.talks)

    def withheld(self) -> frozenset[str]:
        """Return the conversations that they have begun to mark and not given."""
        states = self.store.states(self.by)
        begun = {mark.conversation for mark in self.store.marks(annotator=self.by)}
        return frozenset(id_ for id_ in begun if states.get(id_) != "given")

    def talk(self, id_: str) -> Conversation:
        """Return a conversation that may be shown, and note that it was.

        Raises NotFoundError for one that is none, UsageError for one that is withheld.
        """
        found = self._open(id_)
        self.store.saw([id_], self.by)
        return found

    def variables(self, id_: str) -> tuple[str, ...]:
        """Return the variables of a conversation that are left to settle or were settled, in the order of the space.

        Raises as `talk`.
        """
        self._open(id_)
        if (space := self.store.space) is None:
            return ()
        settled = self.store.settled(id_)
        found = {one.variable for one in disagreements(self.store.marks(id_), settled, space)}
        return tuple(name for name in self.asked if name in found | {one.variable for one in settled})

    def marks(self, id_: str, variable: str) -> tuple[Mark, ...]:
        """Return the current marks of a variable, of people and machines, the earlier first. Raises as `talk`."""
        return tuple(mark for mark in self.store.marks(self._open(id_).id) if mark.variable == variable)

    def history(self, id_: str, variable: str) -> tuple[Settled, ...]:
        """Return all values that were settled of a variable, the earlier first. Raises as `talk`."""
        found = self.store.settled(self._open(id_).id, history=True)
        return tuple(one for one in found if one.variable == variable)

    def next_left(self, after: str | None = None) -> str | None:
        """Return the conversation of the largest disagreement that may be shown, other than ``after``."""
        hidden = self.withheld() | {after}
        return next((one.conversation for one in self.left() if one.conversation not in hidden), None)

    def settle(self, id_: str, variable: str, value: Value, *, reason: str = "", after: int | None = None) -> Settled:
        """Settle a value; durable on return. ``after`` is how many earlier ones they were shown.

        Raises as `talk`, and UsageError for a variable or value that the space has not, one on which people do not
        differ, or where another value was settled since.
        """
        if variable not in self.variables(id_) and variable in self.asked:
            raise UsageError(f"{variable}: people do not differ on it here, and it was never settled")
        return self.store.settle(id_, variable, value, by=self.by, reason=reason, after=after)

    def _open(self, id_: str) -> Conversation:
        if id_ not in self.talks:
            raise NotFoundError("conversation", id_, self.talks)
        if id_ in self.withheld():
            raise UsageError(f"conversation {id_}: left out; give your own marks of it first")
        return self.talks[id_]
