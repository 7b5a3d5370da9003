"""How often danger is found in people's words, and the parts of a hand-off in replies, against readers' codes.

Needs conversations (``*.jsonl``: ``id``, ``messages`` of ``n``, ``role``, ``content``) and codes (``*.csv``: ``id``,
``n`` of a reply, ``danger`` 0 or 1 up to it, ``ask``, ``dist``, ``serv``, ``near``, ``alarm`` 0 to 4). Ids end in a
number: conversations with an odd one were built on.

Usage: python benchmarks/danger.py CONVERSATIONS CODES [--half even]
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from empa_graph.cues import CueContext, detect, in_danger
from empa_graph.cues.safety import handoff_parts
from empa_graph.models.cue import CueName
from empa_graph.models.line import Part

CLEAR: dict[Part, tuple[str, int]] = {
    "question": ("ask", 3),
    "distance": ("dist", 2),
    "service": ("serv", 3),
    "near": ("near", 2),
}
"""The column of each part and the code from which it is clearly there."""


class Reply(NamedTuple):
    """A coded reply with what was said before it."""

    text: str
    person: tuple[str, ...]
    replies: tuple[str, ...]
    new: tuple[str, ...]
    """The person's messages since the reply before."""
    code: dict[str, int]


def conversations(folder: Path, codes: Path, half: str) -> Iterator[list[Reply]]:
    """Yield the coded replies of each conversation of one half."""
    coded: dict[str, dict[int, dict[str, int]]] = defaultdict(dict)
    for path in sorted(codes.glob("*.csv")):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            coded[row["id"]][int(row["n"])] = {name: int(value) for name, value in row.items() if name != "id"}
    for path in sorted(folder.glob("*.jsonl")):
        for record in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            odd = int(record["id"].rpartition("-")[2]) % 2 == 1
            if record["id"] in coded and odd == (half == "odd"):
                yield _replies(record["messages"], coded[record["id"]])


def _replies(messages: Sequence[dict[str, str]], codes: dict[int, dict[str, int]]) -> list[Reply]:
    person: list[str] = []
    replies: list[str] = []
    found, known = [], 0
    for message in messages:
        if message["role"] == "user":
            person.append(message["content"])
            continue
        code = codes[int(message["n"])]
        found.append(Reply(message["content"], tuple(person), tuple(replies), tuple(person[known:]), code))
        replies.append(message["content"])
        known = len(person)
    return found


def danger(talks: Sequence[list[Reply]]) -> str:
    """Return how often danger is found where it is first said, and how often in what was said before or without it."""
    first = [
        next(reply for reply in talk if reply.code["danger"]) for talk in talks if any(r.code["danger"] for r in talk)
    ]
    calm = [said for talk in talks for said in _calm(talk)]
    found, alarms = sum(in_danger(reply.new) for reply in first), sum(in_danger((said,)) for said in calm)
    later = [reply for talk in talks for reply in talk if reply.code["danger"]]
    known = sum(in_danger(reply.person) for reply in later)
    return (
        f"danger first said: found {found} of {len(first)}; known behind {known} of {len(later)} replies under danger; "
        f"false alarms {alarms} of {len(calm)} messages, {1000 * alarms / len(calm):.1f} per 1000"
    )


def _calm(talk: Sequence[Reply]) -> Iterator[str]:
    for reply in talk:
        if reply.code["danger"]:
            return
        yield from reply.new


def parts(talks: Sequence[list[Reply]], part: Part) -> str:
    """Return how often one part is found in replies that clearly have it, and in those under danger that do not."""
    column, least = CLEAR[part]
    there, absent = [0, 0], [0, 0]
    for reply in (reply for talk in talks for reply in talk if reply.code["danger"]):
        seen = part in handoff_parts(reply.text, CueContext(reply.person, reply.replies, danger=True))
        tally = there if reply.code[column] >= least else absent if reply.code[column] == 0 else [0, 0]
        tally[0] += seen
        tally[1] += 1
    return f"{part}: found {there[0]} of {there[1]}, read into {absent[0]} of {absent[1]} without it"


def alarms(talks: Sequence[list[Reply]]) -> str:
    """Return how often an alarm is read, where a card would say that there is no danger, with and without one coded."""
    coded, none = [0, 0], [0, 0]
    for reply in (reply for talk in talks for reply in talk if not reply.code["danger"]):
        cues = detect(reply.text, CueContext(reply.person, reply.replies, danger=False))
        tally = coded if reply.code["alarm"] >= 3 else none if reply.code["alarm"] == 0 else [0, 0]
        tally[0] += any(cue.name is CueName.ALARM_WITHOUT_CAUSE for cue in cues)
        tally[1] += 1
    return f"alarm without cause: found {coded[0]} of {coded[1]}, read into {none[0]} of {none[1]} without it"


def main() -> None:
    """Read, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("conversations", type=Path)
    parser.add_argument("codes", type=Path)
    parser.add_argument("--half", choices=("odd", "even"), default="even")
    options = parser.parse_args()
    talks = list(conversations(options.conversations, options.codes, options.half))
    print("\n".join([danger(talks), *(parts(talks, part) for part in CLEAR), alarms(talks)]))


if __name__ == "__main__":
    main()
