"""One transaction's worth of entries as rows, with the links that extend the chain."""

from __future__ import annotations

from collections.abc import Mapping, Set

from empa_graph.errors import ContentError
from empa_graph.models.turn_record import TurnRecord
from empa_graph.store.chain import digest, link
from empa_graph.store.entries import CallEntry, Closing, Entry, SessionEntry
from empa_graph.store.rows import Row, Tally, call_row, episode_row, missing_turns, turn_rows
from empa_graph.store.tables import JUDGEMENTS, LINKED, LOG


class Batch:
    """Rows by table, made of entries one after the other; nothing of the store changes before it is committed."""

    def __init__(
        self,
        *,
        run: int,
        count: int,
        head: bytes,
        tallies: Mapping[int, Tally],
        ended: Set[int],
        known: Set[str],
    ) -> None:
        """Begin behind ``count`` links ending in ``head``; ``known`` are the keys that have their answer."""
        self.count, self.head = count, head
        self.rows: dict[str, list[Row]] = {table.name: [] for table in (*LINKED.values(), JUDGEMENTS, LOG)}
        self.tallies: dict[int, Tally] = {}
        """The episodes that this batch adds turns to."""
        self.closed: set[int] = set()
        self._run, self._stored, self._ended, self._known = run, tallies, ended, known
        self._answers: set[str] = set()

    def add(self, entry: Entry) -> None:
        """Take in one entry. Raises ContentError for one that does not fit what is stored."""
        match entry:
            case TurnRecord():
                self._turn(entry)
            case Closing():
                self._closing(entry)
            case CallEntry():
                self._call(entry)
            case SessionEntry():
                self._link("session", {"began": entry.began, "seconds": entry.seconds})

    def _turn(self, turn: TurnRecord) -> None:
        tally = self._tally(turn.episode)
        if turn.turn != tally.turns + 1:
            raise ContentError(f"episode {turn.episode}: turn {turn.turn} after {tally.turns} stored turns")
        row, judgements = turn_rows(turn)
        self._link("turn", row, judgements)
        self.tallies[turn.episode] = tally.after(turn)

    def _closing(self, closing: Closing) -> None:
        number, episode = closing.number, closing.episode
        tally = self._tally(number)
        held = Tally(len(episode.latent.steps), len(episode.messages), len(episode.notes), len(episode.directives))
        if any(mine > theirs for mine, theirs in zip(tally, held, strict=True)):
            raise ContentError(f"episode {number}: its closing holds less than its {tally.turns} stored turns")
        for turn in missing_turns(number, episode, tally):
            self._turn(turn)
        self._link("episode", episode_row(number, episode, self._tally(number)))
        self.closed.add(number)

    def _call(self, entry: CallEntry) -> None:
        self._link("call", call_row(entry.call))
        key, answer = entry.key, entry.answer
        if key is None or answer is None or key in self._answers or key in self._known:
            return
        self._answers.add(key)
        self._link("answer", {"key": key, "completion": answer})

    def _tally(self, number: int) -> Tally:
        if number in self._ended or number in self.closed:
            raise ContentError(f"episode {number} has ended; nothing can be added to it")
        return self.tallies.get(number) or self._stored.get(number) or Tally()

    def _link(self, kind: str, row: Row, judgements: list[Row] | None = None) -> None:
        table = LINKED[kind].name
        place = {"run": self._run, "seq": self.count}
        row = {**row, **place}
        judged = [{**item, **place} for item in judgements or ()]
        found = link(self.head, seq=self.count, kind=kind, digest=digest(table, row, judged))
        self.rows[table].append(row)
        self.rows[JUDGEMENTS.name] += judged
        self.rows[LOG.name].append({"run": self._run, **found._asdict()})
        self.count, self.head = self.count + 1, found.hash
