"""A card in parts: lines of the bank chosen, filled, and written as the source's style has it, with their replies."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from empa_graph.content.graded import line_hash, lines_of
from empa_graph.distill.recontext.bank import BankLine
from empa_graph.distill.recontext.filling import Fillers, filled, turned
from empa_graph.distill.recontext.style import Style, shorter_first, written
from empa_graph.models.behaviour import Behaviour
from empa_graph.models.graded import GradedLine, GradedReply
from empa_graph.models.line import Beat, Line, Topic
from empa_graph.models.persona import Persona

MEANT: Mapping[Behaviour, int] = {"understanding": 3, "validating": 1}
"""What every reply of the bank is written to do, on the scale of codes; nobody has coded them one by one."""
LEVELS = (1, 1, 0)
SPARE = 2
"""Lines beyond the number wanted among which a person of few words takes the shorter ones."""


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes lines of one card; ``replies`` gathers the good reply to each by the line's text."""

    known: Fillers
    style: Style
    typos: Mapping[str, str]
    seed: int
    replies: dict[str, str] = field(default_factory=dict)

    def text(self, line: BankLine) -> str:
        """Return what is said, and keep what a good listener answers."""
        said = written(filled(line.text, self.known), self.style, self.typos, seed=self.seed)
        self.replies[said] = filled(line.reply, turned(self.known))
        return said

    def line(self, line: BankLine) -> Line:
        """Return a line of the card."""
        said = {"text": self.text(line), "answers": line.answers, "needs": line.needs}
        return Line.model_validate({**said, "not_after": line.not_after, "after": line.after})

    def lines(self, several: Iterable[BankLine]) -> tuple[Line, ...]:
        """Return lines of the card."""
        return tuple(self.line(one) for one in several)

    def beat(self, line: BankLine, *, not_in: tuple[str, ...] = ()) -> Beat:
        """Return a beat of the card."""
        given = {"id": line.id, "trust": line.trust, "text": self.text(line), "answers": line.answers}
        return Beat.model_validate({**given, "not_after": line.not_after, "not_in": not_in})

    def chosen(self, several: Sequence[BankLine], number: int, dice: random.Random) -> tuple[BankLine, ...]:
        """Return ``number`` of ``several`` in their order; who writes little takes the shorter of a few more."""
        wanted = min(number + (SPARE if self.style.terse else 0), len(several))
        places = dice.sample(range(len(several)), wanted)
        if self.style.terse:
            texts = [several[place].text for place in places]
            places = [places[at] for at in shorter_first(texts)[:number]]
        return tuple(several[place] for place in sorted(places))


def touched(lines: Iterable[BankLine]) -> frozenset[Topic]:
    """Return all topics that ``lines`` answer."""
    return frozenset(topic for line in lines for topic in line.answers)


def graded(card: Persona, replies: Mapping[str, str]) -> tuple[GradedLine, ...]:
    """Return the reply to each line of ``card``; ``replies`` by the line's text. Raises KeyError for a line without."""
    return tuple(
        GradedLine(line=name, hash=line_hash(text), replies=(_reply(replies[text]),))
        for name, text in lines_of(card).items()
    )


def write_graded(card: Persona, replies: Mapping[str, str], folder: Path) -> Path:
    """Write the replies to ``folder`` under the card's id, a line each."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{card.id}.jsonl"
    lines = (f"{line.model_dump_json(exclude_none=True)}\n" for line in graded(card, replies))
    file.write_text("".join(lines), encoding="utf-8")
    return file


def _reply(text: str) -> GradedReply:
    return GradedReply(
        grade="expert", text=text, behaviours=dict(MEANT), epm=LEVELS, reason="As it is meant, not coded."
    )
