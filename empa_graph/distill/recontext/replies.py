"""The good replies to a card's lines, as the file of graded replies that `expert` plays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from empa_graph.content.graded import line_hash, lines_of
from empa_graph.models.behaviour import Behaviour
from empa_graph.models.graded import GradedLine, GradedReply
from empa_graph.models.persona import Persona

MEANT: Mapping[Behaviour, int] = {"understanding": 3, "validating": 1}
"""What every reply of the bank is written to do, on the scale of codes; nobody has coded them one by one."""
LEVELS = (1, 1, 0)


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
