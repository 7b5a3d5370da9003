"""How many broken wordings the checks of a persona's voice catch, by kind, and how many faithful ones they refuse.

    python benchmarks/voice_breaches.py [--known FILE] [--further FILE ...] [--ratings FOLDER] [--missed 0]

A file holds JSON lines: `persona`, `goal`, `move`, the decided `line`, what was `said`, what was `heard` (null before
the first reply), and the `kind` of the breach; a line without a kind is a faithful wording. Every line of every card is
checked as a wording of itself, and with `--ratings` what people in need really wrote, by the checks that need no card.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table

from empa_graph import Scenario, find_scenarios
from empa_graph.roles.persona.conformance import Finding, Wording, conformance, person_alone

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT / "tests" / "data" / "voice"
SEEKERS = ("esconv_dev.jsonl", "ieval_dev.jsonl", "epitome_dev.jsonl")
CAUGHT, ALARMS = 0.95, 0.02
"""The targets: at least and at most."""
MOVES = {"openings": "open", "elaborations": "elaborate", "beats": "disclose"}
"""The moves of a goal's lists; those of a card's lines are called by their lists."""


class Checked(NamedTuple):
    """One wording with what was found; ``kind`` is the breach it is, or "" of a faithful one."""

    kind: str
    said: str
    found: Finding | None


@cache
def scenarios() -> dict[str, Scenario]:
    return {scenario.id: scenario for scenario in find_scenarios(["all"])}


def wording(row: dict[str, Any]) -> Wording | None:
    """Return the wording of a row of a file; where the card has no such goal any more, with another of its goals."""
    known = scenarios()
    same = [scenario for name, scenario in known.items() if name.startswith(f"{row['persona']}/")]
    scenario = known.get(f"{row['persona']}/{row['goal']}") or next(iter(same), None)
    if scenario is None:
        return None
    return Wording(row["said"], row["line"], row["move"], scenario, row["heard"] or "")


def of_file(path: Path) -> Iterator[Checked]:
    """Check the rows of ``path``; one whose person is gone is left out."""
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        if (one := wording(row)) is not None:
            yield Checked(row.get("kind", ""), row["said"], conformance(one))


def of_cards() -> Iterator[Checked]:
    """Check every line of every card as a wording of itself."""
    for scenario in scenarios().values():
        persona, goal = scenario.persona, scenario.goal
        lists = [(move, getattr(goal, name)) for name, move in MOVES.items()]
        lists += [("disclose", persona.beats), *persona.lines, *goal.lines]
        for move, lines in lists:
            for text in _texts(lines):
                yield Checked("", text, conformance(Wording(text, text, move, scenario)))


def _texts(lines: object) -> Iterator[str]:
    """Yield the texts of lines, whatever holds them."""
    if isinstance(text := getattr(lines, "text", None), str):
        yield text
    elif isinstance(lines, dict | tuple | list):
        for part in lines.values() if isinstance(lines, dict) else lines:
            yield from _texts(part)


def of_seekers(path: Path) -> Iterator[Checked]:
    """Check what the people of a file of ratings wrote, by the checks that need no card."""
    for row in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
        texts = [row["seeker"]] if "seeker" in row else [m["content"] for m in row["messages"] if m["role"] == "user"]
        for text in filter(str.strip, texts):
            yield Checked("", text, person_alone(text))


def caught(rows: Iterable[Checked]) -> dict[str, list[Checked]]:
    """Return the rows by the kind of their breach."""
    kinds: defaultdict[str, list[Checked]] = defaultdict(list)
    for row in rows:
        kinds[row.kind].append(row)
    return dict(kinds)


def share(rows: Iterable[Checked]) -> float:
    """Return the share of ``rows`` in which something was found."""
    found = [row.found is not None for row in rows]
    return sum(found) / len(found) if found else 0.0


def show(title: str, groups: dict[str, list[Checked]], *, missed: int, breaches: bool) -> None:
    console = Console(width=140)
    table = Table("kind" if breaches else "source", "wordings", "found", "share", "found as", title=title)
    for name, rows in groups.items():
        kinds = Counter(row.found.kind for row in rows if row.found is not None).most_common(5)
        found = sum(row.found is not None for row in rows)
        shown = ", ".join(f"{kind} {count}" for kind, count in kinds)
        table.add_row(name, f"{len(rows):,}", f"{found:,}", f"{share(rows):.1%}", shown)
    every = [row for rows in groups.values() for row in rows]
    table.add_row("all", f"{len(every):,}", f"{sum(r.found is not None for r in every):,}", f"{share(every):.1%}", "")
    console.print(table)
    wrong = [row for row in every if (row.found is None) is breaches]
    for row in wrong[:missed]:
        console.print(f"  {row.kind or row.found}: {row.said}", markup=False, highlight=False)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--known", type=Path, default=DATA / "known.jsonl")
    parser.add_argument("--faithful", type=Path, default=DATA / "faithful.jsonl")
    parser.add_argument("--further", type=Path, action="append", default=[], help="a file of further breaches")
    parser.add_argument("--ratings", type=Path, default=ROOT.parent / "shared" / "ratings")
    parser.add_argument("--missed", type=int, default=0, help="print so many of the wordings that went wrong")
    options = parser.parse_args()
    for path in (options.known, *options.further):
        title = f"breaches of {path.stem}; target: {CAUGHT:.0%} found"
        show(title, caught(of_file(path)), missed=options.missed, breaches=True)
    sources = {"faithful wordings": list(of_file(options.faithful)), "lines of the cards": list(of_cards())}
    seekers = [options.ratings / name for name in SEEKERS]
    sources |= {f"seekers, {path.stem}": list(of_seekers(path)) for path in seekers if path.is_file()}
    show(f"false alarms; target: at most {ALARMS:.0%}", sources, missed=options.missed, breaches=False)


if __name__ == "__main__":
    main()
