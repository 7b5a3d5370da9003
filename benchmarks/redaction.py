"""Measure what the redaction of `empa distill` finds in short messages in which every name is marked.

Prints, for our own rules and for rules, lists and Presidio together (extra `distill`): recall by kind with its 95%
interval (Wilson), precision, and false redactions per 100 messages. A name counts as found when each of its characters
is taken out, under whatever kind. Each message stands alone, so that no other message helps. ``swapped``: names of
people exchanged for given names that none of the lists in use holds, in the same letters (small ones stay small).
Usage: python benchmarks/redaction.py [--half tuning|reporting] [--misses]
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from empa_graph.distill.name_lists import given_names
from empa_graph.distill.redact import finders, found_in
from empa_graph.distill.spans import Finder, Span
from empa_graph.distill.vocabulary import GIVEN_NAMES, everyday

MESSAGES = Path(__file__).parent / "redaction_messages.jsonl"


class Marked(NamedTuple):
    text: str
    spans: tuple[Span, ...]


class Outcome(NamedTuple):
    said: Marked
    found: tuple[Span, ...]

    def caught(self, span: Span) -> bool:
        return all(any(f.start <= at < f.end for f in self.found) for at in range(span.start, span.end))

    def false(self) -> list[Span]:
        return [f for f in self.found if not any(f.start < s.end and s.start < f.end for s in self.said.spans)]


def messages(half: str) -> list[Marked]:
    rows = [json.loads(line) for line in MESSAGES.read_text(encoding="utf-8").splitlines()]
    return [
        Marked(row["text"], tuple(Span(s["start"], s["end"], s["kind"]) for s in row["spans"]))
        for row in rows
        if row["half"] == half
    ]


def swapped(said: Marked, names: Sequence[str], dice: random.Random) -> Marked:
    text, spans, moved = said.text, [], 0
    for span in said.spans:
        start, end, word = span.start + moved, span.end + moved, span
        old = text[start:end]
        if span.kind == "name":
            new = dice.choice(names)
            new = new.upper() if old.isupper() and len(old) > 1 else new.title() if old[:1].isupper() else new
            text = text[:start] + new + text[end:]
            moved += len(new) - len(old)
            end = start + len(new)
        spans.append(Span(start, end, word.kind))
    return Marked(text, tuple(spans))


def outcomes(said: Sequence[Marked], by: tuple[Finder, ...]) -> list[Outcome]:
    return [Outcome(each, found_in(each.text, by)) for each in said]


def share(hits: int, of: int) -> str:
    rate, square = hits / of, 1.96**2 / of
    middle, half = rate + square / 2, 1.96 * math.sqrt(rate * (1 - rate) / of + square / of / 4)
    low, high = (middle - half) / (1 + square), (middle + half) / (1 + square)
    return f"{hits / of:.2f} [{low:.2f}, {high:.2f}] ({hits} of {of})"


def lines(rows: Sequence[Outcome]) -> Iterator[str]:
    marked = [(row, span) for row in rows for span in row.said.spans]
    for kind in dict.fromkeys(span.kind for _, span in marked):
        own = [row.caught(span) for row, span in marked if span.kind == kind]
        yield f"  recall {kind:13} {share(sum(own), len(own))}"
    yield f"  recall all           {share(sum(row.caught(span) for row, span in marked), len(marked))}"
    yield from _false_lines(rows)


def _false_lines(rows: Sequence[Outcome]) -> Iterator[str]:
    found, false = sum(len(row.found) for row in rows), sum(len(row.false()) for row in rows)
    yield f"  precision            {share(found - false, found)}"
    for what, some in (("all", list(rows)), ("without a name", [row for row in rows if not row.said.spans])):
        count = sum(len(row.false()) for row in some)
        yield f"  false per 100 messages ({what}): {100 * count / len(some):.1f} ({count} in {len(some)})"


def misses(rows: Sequence[Outcome]) -> Iterator[str]:
    for row in rows:
        for span in row.said.spans:
            if not row.caught(span):
                yield f"  missed {span.kind}: {row.said.text[span.start : span.end]!r} in {row.said.text!r}"
        for span in row.false():
            yield f"  false  {span.kind}: {row.said.text[span.start : span.end]!r} in {row.said.text!r}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=["tuning", "reporting"], default="reporting")
    parser.add_argument("--misses", action="store_true", help="of the tuning half alone")
    asked = parser.parse_args()
    said = messages(asked.half)
    written = {word.lower() for each in said for word in each.text.split()}
    for title, extra, known in (("our rules", False, GIVEN_NAMES), ("with lists and Presidio", True, given_names())):
        rows = outcomes(said, finders(extra=extra))
        print(f"{title}, {asked.half} half, {len(said)} messages")
        print("\n".join(chain(lines(rows), misses(rows) if asked.misses and asked.half == "tuning" else ())))
        if not extra:
            new = sorted(n for n in given_names() - known - written if not everyday(n) and len(n) > 3)
            dice = random.Random(0)
            own = outcomes([swapped(each, new, dice) for each in said], finders(extra=False))
            marked = [(row, span) for row in own for span in row.said.spans if span.kind == "name"]
            for what, some in (
                ("", marked),
                (", capital", [m for m in marked if m[0].said.text[m[1].start].isupper()]),
                (", small", [m for m in marked if m[0].said.text[m[1].start].islower()]),
            ):
                print(f"  swapped names{what}: {share(sum(r.caught(s) for r, s in some), len(some))}")


if __name__ == "__main__":
    main()
