"""What is found in the batches of statements: danger, hand-offs, alarms; counts alone, so that a batch stays unread.

Batch b was kept back, and is for this. The others were trained on: `train_danger.py` prints theirs out of fold.
A hand-off is found where a reply asks plainly and names a service or somebody near.
Usage: python benchmarks/danger_sets.py [--batch b]; with --cards the lines of the bundled cards instead
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from danger_data import KEPT_BACK, batches, card_lines, rows

from empa_graph.cues import CueContext, detect
from empa_graph.cues.danger import hinted, tells_of_danger
from empa_graph.cues.safety import handoff_parts
from empa_graph.models.cue import CueName
from empa_graph.models.line import PARTS


def counts(row: Mapping[str, Any]) -> Iterator[tuple[str, bool]]:
    """Yield what is to be counted of one row, and whether it was found."""
    kind = row["kind"]
    if kind in ("danger", "harmless"):
        said = tells_of_danger(row["text"])
        yield f"{kind}: danger", said
        yield f"{kind}: danger or a hint", said or hinted(row["text"])
        if "matter" in row:
            yield f"{kind}, {row['matter']}: danger", said
    elif kind in ("handoff", "near_miss", "no_handoff"):
        person = tuple(row.get("person") or [row["said"]])
        parts = handoff_parts(row["reply"], CueContext(person, danger=True))
        yield f"{kind}: a hand-off", whole(parts)
        yield f"{kind}: a hand-off by its own labels", whole(row["parts"])
        if not whole(row["parts"]):
            yield f"{kind}, none by its own labels: a hand-off", whole(parts)
        for part in PARTS:
            there = "with it" if part in row["parts"] else "without it"
            yield f"{kind} {there}: {part}", part in parts
    elif kind in ("alarm", "no_alarm"):
        cues = detect(row["reply"], CueContext(tuple(row["person"]), danger=False))
        yield f"{kind}: alarm without cause", any(cue.name is CueName.ALARM_WITHOUT_CAUSE for cue in cues)


def whole(parts: object) -> bool:
    """Say whether these parts make a hand-off: the plain question, and a service or somebody near."""
    return isinstance(parts, list | frozenset) and "question" in parts and ("service" in parts or "near" in parts)


def cards() -> None:
    """Print how many lines of the cards speak of danger, and which of those that should not."""
    found = list(card_lines())
    alarms = [line for line in found if not line.danger and tells_of_danger(line.text)]
    stated = [line for line in found if line.danger]
    print(f"crisis openings and plain answers: {sum(tells_of_danger(line.text) for line in stated)} of {len(stated)}")
    print(f"other goals: {len(alarms)} of {len(found) - len(stated)} lines")
    print("\n".join(f"  {line.group}: {line.text}" for line in alarms))


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch", choices=sorted({*batches(), KEPT_BACK}), default=KEPT_BACK)
    parser.add_argument("--cards", action="store_true")
    options = parser.parse_args()
    if options.cards:
        cards()
        return
    found, total = Counter[str](), Counter[str]()
    for name, seen in (pair for row in rows(options.batch) for pair in counts(row)):
        found[name] += seen
        total[name] += 1
    print("\n".join(f"{name}: {found[name]} of {total[name]}" for name in sorted(total)))


if __name__ == "__main__":
    main()
