"""Rows and findings of the store as pages and answers show them: plain JSON, every text fit to be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from empa_graph.models.run import Planned
from empa_graph.report.text import one_line, visible
from empa_graph.store.listing import Found
from empa_graph.store.tables import EpisodeOutcome

LONGEST = 400
"""Characters of a name."""
AROUND = 120
"""Characters that are shown on each side of what was found."""


def choosable(choices: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """Return the values that can be offered; one with characters that are not shown cannot be sent back as it is."""
    return {
        name: {value: count for value, count in values.items() if one_line(value) == value and len(value) <= LONGEST}
        for name, values in choices.items()
    }


def shown_outcome(row: EpisodeOutcome, void: bool | None) -> dict[str, object]:
    """Return a row of the list; the composite of a scripted run is void and so absent."""
    texts = ("scenario", "agent", "variant", "ending")
    shown: dict[str, object] = {**row._asdict(), **{name: one_line(getattr(row, name))[:LONGEST] for name in texts}}
    shown["unscored"] = None if row.unscored is None else one_line(row.unscored)[:LONGEST]
    return shown | {"void": bool(void), **({"composite": None} if void else {})}


def hits_shown(found: Found, text: str, plan: Sequence[Planned]) -> dict[str, object]:
    """Return what a search found, each message cut down to what stands around the words."""
    return {
        "searched": found.searched,
        "after": found.after,
        "hits": [
            {
                "number": hit.number,
                "where": _where(hit.number, plan),
                "turn": hit.message.turn,
                "speaker": hit.message.speaker,
                "pieces": _around(hit.message.content, text),
            }
            for hit in found.hits
        ],
    }


def _around(content: str, text: str) -> list[str]:
    """Return what stands before, in and behind the first place of ``text``, cut short and fit to be shown."""
    place = content.casefold().find(text.casefold())
    # Casefolding may lengthen what stands before; then the place is only about right, and nothing is marked.
    exact = content[place : place + len(text)].casefold() == text.casefold()
    end = place + len(text) if exact else place
    before, behind = content[max(0, place - AROUND) : place], content[end : end + AROUND]
    cut = ("\u2026" if place > AROUND else "", "\u2026" if end + AROUND < len(content) else "")
    return [visible(cut[0] + before), visible(content[place:end]), visible(behind + cut[1])]


def _where(number: int, plan: Sequence[Planned]) -> str:
    """Return what an episode is called: its scenario, variant and repeat as they were planned."""
    if number >= len(plan):
        return f"conversation {number + 1:,}"
    item = plan[number]
    repeat = f", repeat {item.repeat}" if item.repeat else ""
    return one_line(f"{item.scenario}, {item.variant}{repeat}")[:LONGEST]
